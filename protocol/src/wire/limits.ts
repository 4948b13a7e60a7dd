/**
 * Every bound the wire has. Each is checked on both sides: a sender that would pass one gets a clear
 * error before a byte leaves it, a receiver refuses what passes one before it allocates for it.
 */

/**
 * One frame, header and signature included. Devp2p's limit for one message is the same, and the
 * longest single transaction effect (8 gas per byte of log data) stays under it up to a block gas
 * limit of about 100 million.
 */
export const MAX_FRAME_BYTES = 16 * 1024 * 1024

/** What a frame holds besides its messages when it carries one: header, length prefix, signature. */
const FRAME_OVERHEAD_BYTES = 12 + 4 + 64

/** One message; the longest one still fits in a frame of its own. */
export const MAX_MESSAGE_BYTES = MAX_FRAME_BYTES - FRAME_OVERHEAD_BYTES

/** Bounds the time one frame holds its receiver's event loop: about 100 ms of decoding. */
export const MAX_MESSAGES_PER_FRAME = 4096

/**
 * Items of any list: logs of a shred, changed or read accounts, slots of one account. The cheapest
 * item is an empty log at 375 gas, so this is one transaction of 98 million gas.
 */
export const MAX_LIST_ITEMS = 262_144

/** A log's topics: LOG4 is the last of the LOG opcodes. */
export const MAX_TOPICS = 4

/** BLOCKHASH reaches 256 blocks back. */
export const MAX_BLOCK_HASHES = 256

/** Consensus allows 16 a payload; test networks go higher. */
export const MAX_WITHDRAWALS = 1024

/** Yellow Paper 11.1. */
export const MAX_OMMERS = 2

/** EIP-7685: one request object for each value of the type byte. */
export const MAX_REQUESTS = 256

/** Yellow Paper 4.3.4. */
export const MAX_EXTRA_DATA_BYTES = 32

/** A control message, but for those that carry filter items or merged state. */
export const MAX_CONTROL_BYTES = 1024

/** One portion of a filter's items: 3000 addresses. It is the most a client may send at once. */
export const MAX_FILTER_PORTION_BYTES = 64 * 1024

/** Items of all filters of one subscriber; a million addresses take 28 MiB at the server. */
export const MAX_FILTER_ITEMS = 1_048_576

export const MAX_FILTERS = 64

/** In characters. */
export const MAX_FILTER_NAME_LENGTH = 64

/** Messages that a subscriber may be behind before its policy drops or merges them. */
export const MAX_QUEUE_MESSAGES = 65_536

/**
 * Accounts and slots of one merged state, and its bytes: about as long as a frame of a busy second,
 * and less than what a subscriber's socket may hold.
 */
export const MAX_CONFLATED_LOCATIONS = 65_536
export const MAX_CONFLATED_BYTES = 4 * 1024 * 1024

/** A chunk of a snapshot: a quarter of that, and one entry, code being the longest. */
export const MAX_SNAPSHOT_CONTENT_BYTES = 1024 * 1024

/** A frame with a block's seal, as its leader or relay has it, and 256 headers. */
export const MAX_SNAPSHOT_HEAD_BYTES = 8 * 1024 * 1024

/** RLP of a header: extra data at its longest, every number at its longest. */
export const MAX_HEADER_BYTES = 1024

/** A place in a snapshot. */
export const MAX_SNAPSHOT_PLACE_BYTES = 53

/** Names and reasons in control messages, in characters. */
export const MAX_TEXT_LENGTH = 200

/** Deepest nesting of any message is 6 (diff, changes, change, slots, slot, key). */
export const MAX_DEPTH = 8

/** `seq` counts in a double without loss; at a million messages a second it lasts 285 years. */
export const MAX_SEQ = Number.MAX_SAFE_INTEGER
