import type { ChainConfig } from '@shredcast/shared/chain/chain-config'
import { devGenesis } from '@shredcast/shared/chain/dev-genesis'
import type { Header } from '@shredcast/shared/chain/header'
import { beforeEach, describe, expect, it } from 'vitest'
import type { TreeBlock } from './block-tree.ts'
import { BlockTree, firstBlock, lineOf } from './block-tree.ts'

const MINED: ChainConfig = {
  chainId: 1n,
  forks: [{ fork: 'london', block: 0n }],
  blobSchedule: [],
  terminalTotalDifficulty: 1000n,
}
const genesis: Header = {
  ...devGenesis().header,
  stateRoot: new Uint8Array(32),
  difficulty: 100n,
}

let tree: BlockTree
beforeEach(() => {
  tree = new BlockTree(MINED, firstBlock(genesis))
})

/** A child that differs from others of the same difficulty by its mark. */
function add(parent: TreeBlock, difficulty: bigint, mark = 0): TreeBlock {
  const { header, hash } = parent
  const extraData = Uint8Array.of(mark)
  const number = header.number + 1n
  return tree.add({ ...header, number, parentHash: hash, difficulty, extraData }, parent, [])
}

describe('the head of a block tree', () => {
  it('is the genesis at first', () => {
    expect(tree.head.header).toBe(genesis)
    expect(tree.head.totalDifficulty).toBe(100n)
  })

  it('is the block of greatest total difficulty, not the longest line', () => {
    const heavy = add(tree.head, 50n)
    const light = add(heavy.parent!, 10n)
    const long = add(light, 10n)
    expect(tree.head).toBe(heavy)
    const heaviest = add(long, 31n)
    expect(tree.head).toBe(heaviest)
    expect(heaviest.totalDifficulty).toBe(151n)
  })

  it('is the first of two with the same total difficulty', () => {
    const root = tree.head
    const first = add(root, 50n, 1)
    add(root, 50n, 2)
    expect(tree.head).toBe(first)
  })

  it('is the newest block from Paris on', () => {
    const terminal = add(tree.head, 900n)
    const first = add(terminal, 0n, 1)
    expect(tree.head).toBe(first)
    const second = add(terminal, 0n, 2)
    expect(tree.head).toBe(second)
  })

  it('does not go back behind Paris for a heavier block', () => {
    const root = tree.head
    const merged = add(add(root, 900n), 0n)
    add(root, 5000n)
    expect(tree.head).toBe(merged)
  })
})

describe('a block tree', () => {
  it('finds blocks by hash', () => {
    const block = add(tree.head, 50n)
    expect(tree.find(block.hash)).toBe(block)
    expect(tree.find(new Uint8Array(32))).toBeUndefined()
  })

  it('knows when its children are merged', () => {
    const nearly = add(tree.head, 899n, 1)
    const terminal = add(nearly.parent!, 900n, 2)
    const forksOf = (block: TreeBlock) => tree.configBehind(block).forks.map(({ fork }) => fork)
    expect(forksOf(nearly)).toEqual(['london'])
    expect(forksOf(terminal)).toEqual(['london', 'paris'])
    expect(forksOf(add(terminal, 0n))).toEqual(['london', 'paris'])
  })

  it('gives a line from its newest block to the genesis', () => {
    const root = tree.head
    const child = add(root, 1n)
    add(root, 2n)
    const grandchild = add(child, 1n)
    expect([...lineOf(grandchild)]).toEqual([grandchild, child, root])
  })
})
