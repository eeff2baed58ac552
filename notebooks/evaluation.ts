// %% [markdown]
// # The evaluation
//
// Policies on streams, by real training on paired seeds, against fine-tuning at every batch: what `pnpm edgeol evaluate`
// recorded, read and drawn. `experiments/evaluation.yaml` names every run; `pnpm edgeol evaluate --check` runs some of
// them again. This notebook trains nothing.

// %%
import * as Evaluation from "@edgeol/cli/evaluate/Notebook"
import * as Notebook from "@edgeol/cli/report/Notebook"

Notebook.prepare()

// %% [markdown]
// Time and energy are changes in per cent, accuracy in points, with 95 % intervals over seeds. Rounds are cold: each is a
// process that starts, loads, trains, saves and ends. The columns for warm rounds leave out the start.

// %%
const recorded = await Evaluation.read()
console.log(Evaluation.table(recorded))

// %% [markdown]
// ## Mean over streams

// %%
Evaluation.show(recorded, "overall")

// %% [markdown]
// ## Accuracy against time saved
//
// Named are the policies that no other beats in both.

// %%
Evaluation.show(recorded, "frontiers")

// %% [markdown]
// ## What rounds cost before they learn
//
// A round has a fixed part: starting, loading, saving. The larger it is, the more there is to save by merging rounds.

// %%
Evaluation.show(recorded, "shares")

// %% [markdown]
// ## What is kept of earlier scenarios

// %%
Evaluation.show(recorded, "seen")

// %% [markdown]
// ## Where the seconds go, and what deciding costs

// %%
Evaluation.show(recorded, "seconds")

// %% [markdown]
// ## One stream
//
// Any other by its name.

// %%
Evaluation.showStream(recorded, "gtsrb32/ni")

// %% [markdown]
// ## Where policies lose

// %%
console.log(Evaluation.losses(recorded))
