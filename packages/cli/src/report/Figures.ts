/** Runs drawn over time: pure functions from tapes to plotly figures. */
export { figure as accuracy } from "./AccuracyFigure.ts"
export { figure as joules } from "./JoulesFigure.ts"
export { caption as roundsCaption, figure as rounds } from "./RoundsFigure.ts"
export { figures as seconds } from "./SecondsFigure.ts"
export type { Figure } from "./Figure.ts"
