/** What every reader promises of damaged input. */
import { SamplesError } from "@edgeol/core/Samples"
import { Result } from "effect"
import { expect } from "vitest"

export const failureOf = (read: Result.Result<unknown, SamplesError>): string =>
  Result.isFailure(read) ? read.failure.message : "no error"

/** One sentence that names the file and what to do. */
export const expectSentence = (read: Result.Result<unknown, SamplesError>, file: string): void => {
  expect(Result.isFailure(read) && read.failure).toBeInstanceOf(SamplesError)
  expect(failureOf(read)).toMatch(/^[^\n]+ is damaged[^\n]+; fetch the file again\.$/)
  expect(failureOf(read).startsWith(file)).toBe(true)
}

/** The value, or undefined after checking the sentence. */
export const soundOrSentence = <A>(read: Result.Result<A, SamplesError>, file: string): A | undefined => {
  if (Result.isFailure(read)) expectSentence(read, file)
  return Result.getOrUndefined(read)
}
