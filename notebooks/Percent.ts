/** Percent scripts as notebooks: cells begin with `// %%`, those of prose with `// %% [markdown]`. */

interface Cell {
  readonly cell_type: "code" | "markdown"
  readonly id: string
  readonly metadata: object
  readonly source: string
  readonly execution_count?: null
  readonly outputs?: ReadonlyArray<never>
}

/** The notebook format, version 4.5. */
export interface Notebook {
  readonly nbformat: 4
  readonly nbformat_minor: 5
  readonly metadata: object
  readonly cells: ReadonlyArray<Cell>
}

const kernel = {
  kernelspec: { name: "deno", display_name: "Deno", language: "typescript" },
  language_info: { name: "typescript", file_extension: ".ts", mimetype: "text/x.typescript" }
}

/** Whether a script is a notebook: its first line begins a cell. */
export const isNotebook = (script: string): boolean => script.startsWith("// %%")

export const notebook = (script: string): Notebook => ({
  nbformat: 4,
  nbformat_minor: 5,
  metadata: kernel,
  cells: script
    .split(/^\/\/ %%/m)
    .slice(1)
    .map(cell)
})

const cell = (text: string, position: number): Cell => {
  const [title = "", ...lines] = text.split("\n")
  const source = lines.join("\n").trim()
  const id = `cell-${position}`
  return title.includes("[markdown]")
    ? { cell_type: "markdown", id, metadata: {}, source: source.replace(/^\/\/ ?/gm, "") }
    : { cell_type: "code", id, metadata: {}, source, execution_count: null, outputs: [] }
}
