/**
 * What all frames of a message share: the refund counter, the return data of the last call, the
 * output of the frame that is ending, and what the transaction and the block say about themselves.
 */

import { ENV_REVISION } from '../../src/layout/environment'
import { memoryEnd } from '../memory/heap'
import { environment } from '../memory/thread'
import { copyBytes } from './bytes'

// Worker-local: one message runs at a time.
let refundCounter: i64 = 0
let returnDataPtr: usize = 0
let returnDataLength: u32 = 0
let outputPtr: usize = 0
let outputLength: u32 = 0
let memoryLimitPtr: usize = 0

// Worker-local: the transaction, until the next one sets its own.
let originPtr: usize = 0
let gasPricePtr: usize = 0
let blobHashesPtr: usize = 0
let blobHashCount: u32 = 0

export function beginMachine(): void {
  refundCounter = 0
  outputPtr = 0
  outputLength = 0
  clearReturnData()
}

export function setContext(
  origin: usize,
  gasPrice: usize,
  blobHashes: usize,
  blobCount: u32,
): void {
  originPtr = origin
  gasPricePtr = gasPrice
  blobHashesPtr = blobHashes
  blobHashCount = blobCount
}

/** Position of the open block's fork in HARDFORKS: compare with REVISION_*. */
@inline
export function revision(): i32 {
  return load<i32>(environment() + ENV_REVISION)
}

@inline
export function origin(): usize {
  return originPtr
}

@inline
export function gasPrice(): usize {
  return gasPricePtr
}

@inline
export function blobHashes(): usize {
  return blobHashesPtr
}

@inline
export function blobCount(): u32 {
  return blobHashCount
}

/** Gas to refund so far. A frame that fails takes back what was added since it began. */
@inline
export function refund(): i64 {
  return refundCounter
}

@inline
export function setRefund(amount: i64): void {
  refundCounter = amount
}

@inline
export function addRefund(amount: i64): void {
  refundCounter += amount
}

@inline
export function returnData(): usize {
  return returnDataPtr
}

@inline
export function returnDataBytes(): u32 {
  return returnDataLength
}

@inline
export function clearReturnData(): void {
  returnDataLength = 0
  memoryLimitPtr = memoryEnd()
}

/** Moves bytes from the free part of the memory region, where a frame has ended, to its end. */
export function keepReturnData(from: usize, bytes: u32): void {
  clearReturnData()
  if (bytes == 0) return
  memoryLimitPtr = (memoryLimitPtr - bytes) & ~31
  returnDataPtr = memoryLimitPtr
  returnDataLength = bytes
  if (from + bytes > memoryLimitPtr) memory.copy(memoryLimitPtr, from, bytes)
  else copyBytes(memoryLimitPtr, from, bytes)
}

/** Where the EVM memory of the running frame must end. */
@inline
export function memoryLimit(): usize {
  return memoryLimitPtr
}

@inline
export function setOutput(ptr: usize, bytes: u32): void {
  outputPtr = ptr
  outputLength = bytes
}

@inline
export function output(): usize {
  return outputPtr
}

@inline
export function outputBytes(): u32 {
  return outputLength
}
