/** What a user can type wrong at the commands that make releases and fetch from devices. */
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import * as Bundle from "@edgeol/cli/commands/Bundle"
import * as Deploy from "@edgeol/cli/commands/Deploy"
import * as Keys from "@edgeol/cli/commands/Keys"
import * as Pull from "@edgeol/cli/commands/Pull"
import { expect, test } from "vitest"
import * as Edgeol from "../Edgeol.ts"
import { run } from "../InProcess.ts"

test("a folder where a file is to be, and a file where a folder", async () => {
  const home = Edgeol.folder()
  const file = join(home, "file")
  writeFileSync(file, "garbage")
  expect((await run(Bundle.command, "--out", home)).error).toBe(
    `${home} is a folder; name the file to write, as in --out robot.edgeol.`
  )
  expect((await run(Pull.command, "nobody@nowhere.invalid", "--out", file)).error).toBe(
    `Cannot write to ${file}: file already exists; name another folder with --out.`
  )
})

test("a bundle that is none", async () => {
  const file = join(Edgeol.folder(), "file")
  writeFileSync(file, "garbage ".repeat(100))
  expect((await run(Deploy.command, "nobody@nowhere.invalid", file)).error).toBe(
    `${file}: The archive is damaged or was not made by edgeol bundle; copy or make it again.`
  )
})

test("a key that is not named, or not there", async () => {
  expect((await run(Keys.command, "")).error).toBe("Name the file of the key, as in edgeol keys robot.key.")
  expect((await run(Bundle.command, "--key", "/none/robot.key")).error).toBe(
    "Cannot read /none/robot.key: no such file or directory; name a private key with --key, or make one with edgeol keys."
  )
})
