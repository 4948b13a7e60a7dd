/** Finds in AssemblyScript sources what the core must not contain, by TypeScript's own parser. */

import ts from 'typescript'
import type { SourceFile } from './repository.ts'

export interface Fault {
  readonly path: string
  readonly line: number
  readonly kind: string
}

/** Calls whose arguments are read at compile time, so that literals in them allocate nothing. */
const STATIC_CALLS = new Set(['assert', 'memory.data'])

/** Everything in the file that is a fault somewhere; where it is allowed is the caller's matter. */
export function allFaults(file: SourceFile): Fault[] {
  const tree = parse(file)
  const faults: Fault[] = []
  const visit = (node: ts.Node) => {
    const kind = kindOfFault(node)
    if (kind !== undefined) faults.push({ path: file.path, line: lineOf(tree, node), kind })
    if (!isCompileTime(node)) ts.forEachChild(node, visit)
  }
  visit(tree)
  return faults
}

/** Every function of the file with the number of lines from its name to its closing brace. */
export function functionLengths(file: SourceFile) {
  const tree = parse(file)
  const lengths: { path: string; name: string; lineCount: number }[] = []
  const visit = (node: ts.Node) => {
    if (ts.isFunctionDeclaration(node) || ts.isMethodDeclaration(node)) {
      const last = tree.getLineAndCharacterOfPosition(node.end).line + 1
      const name = node.name?.getText(tree) ?? 'default'
      const lineCount = last - lineOf(tree, node.name ?? node) + 1
      lengths.push({ path: file.path, name, lineCount })
    }
    ts.forEachChild(node, visit)
  }
  visit(tree)
  return lengths
}

/**
 * `path: name` of every export that no other file imports or passes on. The entries are not asked, nor
 * are classes, which may only be named by what a function returns.
 */
export function unusedExports(files: readonly SourceFile[], entries: readonly string[]): string[] {
  const used = new Set<string>()
  const exported: { path: string; name: string }[] = []
  for (const file of files) {
    for (const statement of parse(file).statements) {
      for (const name of namesTakenBy(statement)) used.add(name)
      for (const name of namesGivenBy(statement)) exported.push({ path: file.path, name })
    }
  }
  return exported
    .filter(({ path, name }) => !entries.includes(path) && !used.has(name))
    .map(({ path, name }) => `${path}: ${name}`)
}

function namesTakenBy(statement: ts.Statement): string[] {
  const named = ts.isImportDeclaration(statement)
    ? statement.importClause?.namedBindings
    : ts.isExportDeclaration(statement) && statement.exportClause
  if (!named || ts.isNamespaceImport(named) || ts.isNamespaceExport(named)) return []
  return named.elements.map(({ name, propertyName }) => (propertyName ?? name).text)
}

function namesGivenBy(statement: ts.Statement): string[] {
  const isExported =
    ts.canHaveModifiers(statement) &&
    ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)
  if (!isExported || ts.isClassDeclaration(statement)) return []
  const named = ts.isVariableStatement(statement)
    ? statement.declarationList.declarations
    : [statement as ts.DeclarationStatement]
  return named.flatMap(({ name }) => (name && ts.isIdentifier(name) ? [name.text] : []))
}

function kindOfFault(node: ts.Node): string | undefined {
  if (ts.isNewExpression(node)) return 'new'
  if (ts.isArrayLiteralExpression(node)) return 'array literal'
  if (ts.isStringLiteralLike(node) || ts.isTemplateExpression(node)) return 'string literal'
  if (ts.isThrowStatement(node)) return 'throw'
  if (isModuleVariable(node)) return 'module variable'
  if (ts.isIdentifier(node) && node.text === 'atomic') return 'bare atomic'
  return undefined
}

function isModuleVariable(node: ts.Node): boolean {
  if (!ts.isVariableStatement(node) || !ts.isSourceFile(node.parent)) return false
  return (node.declarationList.flags & ts.NodeFlags.Const) === 0
}

function isCompileTime(node: ts.Node): boolean {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return true
  if (ts.isDecorator(node)) return true
  return ts.isCallExpression(node) && STATIC_CALLS.has(node.expression.getText())
}

function parse({ path, lines }: SourceFile): ts.SourceFile {
  const setParents = true
  return ts.createSourceFile(path, lines.join('\n'), ts.ScriptTarget.ES2022, setParents)
}

function lineOf(tree: ts.SourceFile, node: ts.Node): number {
  return tree.getLineAndCharacterOfPosition(node.getStart(tree)).line + 1
}
