/**
 * Questions → the server's answers. Every address is relative, so that the page works under any prefix.
 *
 * An error answer becomes a `ServerError` with the server's code, sentence and hint; no answer at all becomes a
 * `ServerError` with the code `unreachable`. Aborted requests throw the browser's AbortError.
 */

import { parseCurves, parseHeader, type Curves } from "../data/columns.ts";
import { parseDensity, type Density } from "../data/density.ts";
import { parseGroups, type GroupCurves } from "../data/group-curves.ts";
import { unpackOverview } from "../data/unpack.ts";
import { Batch } from "./batch.ts";
import { Gate } from "./gate.ts";
import { report } from "./report.ts";
import type {
  AlertsView,
  Catalog,
  CurvesRequest,
  DensityRequest,
  ErrorBody,
  ForecastsRequest,
  ForecastsView,
  FormulaCheck,
  FormulaHeader,
  FormulaRequest,
  GraphList,
  GraphMatches,
  GraphView,
  GroupsRequest,
  HistogramView,
  ImportanceRequest,
  ImportanceView,
  KindsView,
  LayoutsView,
  MediaView,
  Overview,
  PackedOverview,
  PrCurvesView,
  Shelf,
  ShelfChange,
  TrainingDetail,
} from "./schema.ts";

export class ServerError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly hint: string | null = null,
  ) {
    super(message);
  }
}

/** A report has no grey pictures of many runs. */
const NO_DENSITY: Density = {
  width: 1,
  height: 1,
  lo: 0,
  hi: 1,
  yLo: 0,
  yHi: 1,
  nLevels: 2,
  nSeries: 0,
  levels: new Uint8Array(1),
};

const gate = new Gate(4);
const postFrame = (path: string, body: unknown, signal?: AbortSignal) =>
  gate.pass(async () => (await post(path, body, signal)).arrayBuffer(), signal);
const batch = new Batch(postFrame, (part) => new ServerError(part.error, part.message, part.hint));

function notInReport(): never {
  throw new ServerError("not_found", "This report does not hold it.", "goodfit LOGDIR shows everything");
}

export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}

/** The overview; beside one that is held, only the trainings that changed after its revision. */
export async function readOverview(
  held: { revision: number; instance: string } | null,
  signal?: AbortSignal,
): Promise<Overview> {
  if (report) return readJson<Overview>("api/overview", {}, signal);
  const since: Record<string, string> = held ? { since: String(held.revision), instance: held.instance } : {};
  // The first question is the one that index.html sends ahead.
  return unpackOverview(await readJson<PackedOverview>("api/overview", { form: "packed", ...since }, signal));
}

export function readCatalog(signal?: AbortSignal): Promise<Catalog> {
  return readJson<Catalog>("api/catalog", {}, signal);
}

export async function readCurves(request: CurvesRequest, signal?: AbortSignal): Promise<Curves> {
  if (report) return report.curves(request) ?? notInReport();
  return parseCurves(await batch.ask("curves", request, signal));
}

/** The same, sent before this returns: what waits for its turn waits for all that the same change makes the page do. */
export async function readCurvesAtOnce(request: CurvesRequest): Promise<Curves> {
  return parseCurves(await postFrame("api/curves", request));
}

export async function readDensity(request: DensityRequest, signal?: AbortSignal): Promise<Density> {
  if (report) return NO_DENSITY;
  return parseDensity(await batch.ask("density", request, signal));
}

export async function readGroups(request: GroupsRequest, signal?: AbortSignal): Promise<GroupCurves> {
  if (report) notInReport();
  return parseGroups(await (await post("api/groups", request, signal)).arrayBuffer());
}

/** Curves of a formula, and the header with what was left out. */
export async function readFormula(
  request: FormulaRequest,
  signal?: AbortSignal,
): Promise<{ curves: Curves; header: FormulaHeader }> {
  if (report) notInReport();
  const frame = await (await post("api/formula", request, signal)).arrayBuffer();
  return { curves: parseCurves(frame), header: parseHeader<FormulaHeader>(frame) };
}

/** Which hyperparameters explain a metric's differences; a report holds the answer for all its trainings. */
export async function readImportance(request: ImportanceRequest, signal?: AbortSignal): Promise<ImportanceView> {
  const { trainings: _, ...place } = request;
  if (report) return readJson<ImportanceView>("api/importance", place);
  return (await (await post("api/importance", request, signal)).json()) as ImportanceView;
}

/** Where a metric of some trainings will probably go; a report holds those of all that had not finished. */
export async function readForecasts(request: ForecastsRequest, signal?: AbortSignal): Promise<ForecastsView> {
  if (report) return readJson<ForecastsView>("api/forecasts", { metric: request.metric ?? "" });
  return (await (await post("api/forecasts", request, signal)).json()) as ForecastsView;
}

export function checkFormula(text: string, signal?: AbortSignal): Promise<FormulaCheck> {
  return readJson<FormulaCheck>("api/formula/check", { text }, signal);
}

/** Hands in the server's token; it answers with a cookie. Throws ServerError when it is not the token. */
export async function openSession(token: string): Promise<void> {
  await post("api/session", { token });
}

export function readGraphs(signal?: AbortSignal): Promise<GraphList> {
  return readJson<GraphList>("api/graphs", {}, signal);
}

export function readHistograms(
  run: string,
  tag: string,
  maxSteps: number,
  signal?: AbortSignal,
): Promise<HistogramView> {
  return readJson<HistogramView>("api/histograms", { run, tag, max_steps: String(maxSteps) }, signal);
}

/** One group opened; `profile` is the tag of a traced step whose times and memory the nodes shall tell, empty for none. */
export function readGraph(
  run: string,
  tag: string,
  group: string,
  profile: string,
  signal?: AbortSignal,
): Promise<GraphView> {
  return readJson<GraphView>("api/graph", { run, tag, group, ...(profile && { profile }) }, signal);
}

/** Nodes of a whole graph whose name or operation holds every word. */
export function searchGraph(run: string, tag: string, text: string, signal?: AbortSignal): Promise<GraphMatches> {
  return readJson<GraphMatches>("api/graph/search", { run, tag, text }, signal);
}

export function readMedia(run: string, tag: string, signal?: AbortSignal): Promise<MediaView> {
  return readJson<MediaView>("api/media", { run, tag }, signal);
}

/** Where the bytes of one picture, sound or text lie. */
export function blobAddress(run: string, tag: string, index: number, part: number): string {
  const query = { run, tag, index: String(index), part: String(part) };
  return report ? report.blob(query) : `api/blob?${new URLSearchParams(query).toString()}`;
}

export function readPrCurves(run: string, tag: string, signal?: AbortSignal): Promise<PrCurvesView> {
  return readJson<PrCurvesView>("api/pr_curves", { run, tag }, signal);
}

export function readKinds(signal?: AbortSignal): Promise<KindsView> {
  return readJson<KindsView>("api/kinds", {}, signal);
}

export function readLayouts(signal?: AbortSignal): Promise<LayoutsView> {
  return readJson<LayoutsView>("api/layouts", {}, signal);
}

/** One answer of api/embedding/… or api/mesh as JSON. */
export function readPart<T>(path: string, query: Record<string, string>, signal?: AbortSignal): Promise<T> {
  return readJson<T>(path, query, signal);
}

/** One answer that is a frame of columns. */
export async function readFrame(
  path: string,
  query: Record<string, string>,
  signal?: AbortSignal,
): Promise<ArrayBuffer> {
  if (report) notInReport();
  return (await ask(`${path}?${new URLSearchParams(query).toString()}`, { signal: signal ?? null })).arrayBuffer();
}

/** Ends the projection that the server is making. */
export async function stopProjection(): Promise<void> {
  await post("api/embedding/stop", {});
}

export function spriteAddress(run: string, tag: string): string {
  return `api/embedding/sprite?${new URLSearchParams({ run, tag }).toString()}`;
}

export function readTraining(name: string, signal?: AbortSignal): Promise<TrainingDetail> {
  return readJson<TrainingDetail>("api/training", { name }, signal);
}

export function readShelf(signal?: AbortSignal): Promise<Shelf> {
  return readJson<Shelf>("api/shelf", {}, signal);
}

/** Makes one change of names, notes, pins or views; gives the whole. */
export async function changeShelf(change: Partial<ShelfChange>): Promise<Shelf> {
  if (report) notInReport();
  return (await (await post("api/shelf/change", change)).json()) as Shelf;
}

export function readAlerts(signal?: AbortSignal): Promise<AlertsView> {
  return readJson<AlertsView>("api/alerts", {}, signal);
}

async function readJson<T>(path: string, query: Record<string, string>, signal?: AbortSignal): Promise<T> {
  if (report) return (report.json(path, query) ?? notInReport()) as T;
  const search = new URLSearchParams(query).toString();
  const response = await ask(search ? `${path}?${search}` : path, { signal: signal ?? null });
  return (await response.json()) as T;
}

function post(path: string, body: unknown, signal?: AbortSignal): Promise<Response> {
  return ask(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
    signal: signal ?? null,
  });
}

async function ask(path: string, init: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, init);
  } catch (error) {
    if (isAbort(error)) throw error;
    throw new ServerError("unreachable", "The server does not answer.");
  }
  if (response.ok) return response;
  let body: Partial<ErrorBody> = {};
  try {
    body = (await response.json()) as ErrorBody;
  } catch {
    // A proxy's own error page is not JSON; the status says enough.
  }
  throw new ServerError(
    body.error ?? `http_${response.status}`,
    body.message ?? response.statusText,
    body.hint ?? null,
  );
}
