import { BaseSequencer, type TestSpecification } from "vitest/node"
import { defineConfig } from "vitest/config"

/** The device's story, which mostly waits for one thing after the other, begins first. */
class StoryFirst extends BaseSequencer {
  override async sort(files: Array<TestSpecification>) {
    // eslint-disable-next-line unicorn/no-array-sort -- it is the sequencer's
    const sorted = await super.sort(files)
    const isStory = ({ moduleId }: TestSpecification) => moduleId.endsWith("Story.test.ts")
    return [...sorted.filter(isStory), ...sorted.filter((file) => !isStory(file))]
  }
}

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/globalSetup.ts"],
    setupFiles: ["test/setup.ts"],
    sequence: { sequencer: StoryFirst },
    testTimeout: 120_000,
    hookTimeout: 60_000,
    // Two files at a time: each may hold a TensorFlow of its own.
    maxWorkers: 2
  }
})
