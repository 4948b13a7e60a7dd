/** The files the tidy tests look at: everything a person wrote in this repository. */

import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'

const ROOT = resolve(import.meta.dirname, '../..')
const SKIPPED_FOLDERS = new Set(['.git', 'node_modules', 'dist', 'build', 'coverage'])
const TEXT = /\.(ts|mjs|cjs|json|jsonc|md|sol|yml)$|^\.[a-z-]+$/

export interface SourceFile {
  /** From the repository's root, with forward slashes. */
  readonly path: string
  readonly lines: readonly string[]
}

/** Every text file below `folder` (default: the whole repository), in order of path. */
export function sourceFiles(folder = ''): SourceFile[] {
  return filePaths(join(ROOT, folder))
    .map((path) => ({ path: relative(ROOT, path), lines: textLines(path) }))
    .sort((a, b) => (a.path < b.path ? -1 : 1))
}

/** Text of one file by its path from the repository's root; `undefined` where there is none. */
export function readIfPresent(path: string): string | undefined {
  try {
    return readFileSync(join(ROOT, path), 'utf8')
  } catch {
    return undefined
  }
}

function filePaths(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return SKIPPED_FOLDERS.has(entry.name) ? [] : filePaths(path)
    return TEXT.test(entry.name) && entry.name !== 'package-lock.json' ? [path] : []
  })
}

function textLines(path: string): string[] {
  return readFileSync(path, 'utf8').replace(/\n$/, '').split('\n')
}
