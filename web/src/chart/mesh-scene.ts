/**
 * Meshes → pictures, by one WebGL context for all cards of a page; without one, by points drawn on the processor.
 *
 * Browsers give a page some sixteen contexts and take the oldest away, so each card copies its picture out of the one that
 * is here. Faces are lit by their own normals, taken from how the surface lies on the screen: no normals are uploaded.
 */

import type { Mesh } from "../data/mesh.ts";
import type { Camera } from "../data/camera.ts";
import { packColour, ScatterRaster } from "./scatter.ts";

const VERTEX = `#version 300 es
layout(location = 0) in vec3 place;
layout(location = 1) in vec4 tint;
uniform mat3 turn;
uniform vec3 middle;
uniform float reach;
uniform vec2 scale;
uniform vec2 pan;
uniform float dot_px;
out vec3 seen;
out vec3 colour;
void main() {
  seen = turn * ((place - middle) / reach);
  colour = tint.rgb;
  gl_Position = vec4(seen.xy * scale + pan, -seen.z * 0.25, 1.0);
  gl_PointSize = dot_px;
}`;

const FRAGMENT = `#version 300 es
precision highp float;
in vec3 seen;
in vec3 colour;
uniform float is_lit;
out vec4 pixel;
void main() {
  float light = 1.0;
  if (is_lit > 0.5) {
    vec3 normal = normalize(cross(dFdx(seen), dFdy(seen)));
    light = 0.32 + 0.68 * abs(dot(normal, normalize(vec3(0.35, 0.45, 1.0))));
  }
  pixel = vec4(colour * light, 1.0);
}`;

interface Uploaded {
  readonly array: WebGLVertexArrayObject;
  readonly buffers: readonly WebGLBuffer[];
  readonly nFaces: number;
  readonly nVertices: number;
}

export interface Look {
  readonly camera: Camera;
  /** Of faces and points without colours of their own. */
  readonly colour: readonly [number, number, number];
}

export class MeshScene {
  private readonly canvas: OffscreenCanvas;
  private gl: WebGL2RenderingContext | null;
  private program: WebGLProgram | null = null;
  private readonly uploaded = new Map<Mesh, Uploaded>();
  private readonly raster = new ScatterRaster();

  constructor() {
    this.canvas = new OffscreenCanvas(1, 1);
    this.gl = this.canvas.getContext("webgl2", { antialias: true, alpha: true, premultipliedAlpha: false });
    if (this.gl) this.program = link(this.gl);
    if (!this.program) this.gl = null;
    this.canvas.addEventListener("webglcontextlost", () => {
      // The next picture is drawn on the processor; a card that is gone is not waited for.
      this.gl = null;
      this.uploaded.clear();
    });
  }

  get hasCard(): boolean {
    return this.gl !== null;
  }

  /** Draws a mesh into a card's own canvas, over all of it. */
  draw(target: HTMLCanvasElement, mesh: Mesh, look: Look): void {
    const { width, height } = target;
    const pen = target.getContext("2d")!;
    pen.clearRect(0, 0, width, height);
    if (width === 0 || height === 0 || mesh.header.n_vertices === 0) return;
    if (this.gl) {
      this.render(this.gl, mesh, look, width, height);
      pen.drawImage(this.canvas, 0, 0);
    } else this.drawPoints(pen, mesh, look, width, height);
  }

  /** Frees what was uploaded for a mesh. */
  forget(mesh: Mesh): void {
    const held = this.uploaded.get(mesh);
    if (!held || !this.gl) return;
    this.gl.deleteVertexArray(held.array);
    for (const buffer of held.buffers) this.gl.deleteBuffer(buffer);
    this.uploaded.delete(mesh);
  }

  private render(gl: WebGL2RenderingContext, mesh: Mesh, look: Look, width: number, height: number): void {
    if (this.canvas.width !== width || this.canvas.height !== height) {
      this.canvas.width = width;
      this.canvas.height = height;
    }
    const held = this.uploaded.get(mesh) ?? this.upload(gl, mesh);
    const { camera } = look;
    gl.viewport(0, 0, width, height);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
    gl.enable(gl.DEPTH_TEST);
    gl.useProgram(this.program);
    const at = (name: string) => gl.getUniformLocation(this.program!, name);
    const half = Math.min(width, height) / 2;
    gl.uniformMatrix3fv(at("turn"), false, rotation(camera));
    gl.uniform3fv(at("middle"), mesh.middle);
    gl.uniform1f(at("reach"), mesh.reach);
    gl.uniform2f(at("scale"), (half * 1.6 * camera.zoom) / width, (half * 1.6 * camera.zoom) / height);
    gl.uniform2f(at("pan"), (camera.panX * half * 2) / width, (-camera.panY * half * 2) / height);
    gl.uniform1f(at("dot_px"), held.nVertices > 20_000 ? 2 : held.nVertices > 2_000 ? 3 : 5);
    gl.uniform1f(at("is_lit"), held.nFaces ? 1 : 0);
    gl.bindVertexArray(held.array);
    if (!mesh.colours) gl.vertexAttrib4f(1, ...look.colour, 1);
    if (held.nFaces) gl.drawElements(gl.TRIANGLES, held.nFaces * 3, gl.UNSIGNED_INT, 0);
    else gl.drawArrays(gl.POINTS, 0, held.nVertices);
    gl.bindVertexArray(null);
  }

  private upload(gl: WebGL2RenderingContext, mesh: Mesh): Uploaded {
    const array = gl.createVertexArray();
    const buffers: WebGLBuffer[] = [];
    gl.bindVertexArray(array);
    const fill = (kind: number, data: ArrayBufferView<ArrayBuffer>) => {
      const buffer = gl.createBuffer();
      gl.bindBuffer(kind, buffer);
      gl.bufferData(kind, data, gl.STATIC_DRAW);
      buffers.push(buffer);
    };
    fill(gl.ARRAY_BUFFER, mesh.vertices as Float32Array<ArrayBuffer>);
    gl.enableVertexAttribArray(0);
    gl.vertexAttribPointer(0, 3, gl.FLOAT, false, 0, 0);
    if (mesh.colours) {
      fill(gl.ARRAY_BUFFER, mesh.colours as Uint8Array<ArrayBuffer>);
      gl.enableVertexAttribArray(1);
      gl.vertexAttribPointer(1, 4, gl.UNSIGNED_BYTE, true, 0, 0);
    }
    if (mesh.faces.length) fill(gl.ELEMENT_ARRAY_BUFFER, mesh.faces as Uint32Array<ArrayBuffer>);
    gl.bindVertexArray(null);
    const held = { array, buffers, nFaces: mesh.faces.length / 3, nVertices: mesh.vertices.length / 3 };
    this.uploaded.set(mesh, held);
    return held;
  }

  private drawPoints(pen: CanvasRenderingContext2D, mesh: Mesh, look: Look, width: number, height: number): void {
    const n = mesh.vertices.length / 3;
    const axis = (k: number) =>
      Float32Array.from({ length: n }, (_, i) => ((mesh.vertices[3 * i + k]! - mesh.middle[k]!) / mesh.reach) * 0.87);
    const image = pen.createImageData(width, height);
    const css = `rgb(${look.colour.map((part) => Math.round(part * 255)).join(" ")})`;
    // A fixed few colours: what was logged is rounded to the nearest of 6 x 6 x 6.
    const palette = new Uint32Array(217);
    for (let i = 0; i < 216; i++) {
      const level = (part: number) => Math.round((part * 255) / 5);
      const [red, green, blue] = [level(Math.floor(i / 36)), level(Math.floor(i / 6) % 6), level(i % 6)];
      palette[i] = ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
    }
    palette[216] = packColour(css);
    const { colours } = mesh;
    const part = (i: number, k: number) => Math.round(((colours?.[4 * i + k] ?? 0) * 5) / 255);
    const table = Uint8Array.from({ length: n }, (_, i) =>
      colours ? part(i, 0) * 36 + part(i, 1) * 6 + part(i, 2) : 216,
    );
    this.raster.draw(image, { x: axis(0), y: axis(1), z: axis(2) }, table, palette, look.camera, n > 20_000 ? 2 : 4);
    pen.putImageData(image, 0, 0);
  }
}

/** Columns of the matrix that turns by the camera's two angles; the same turn as of points. */
export function rotation({ yaw, pitch }: Camera): Float32Array {
  const [cy, sy, cp, sp] = [Math.cos(yaw), Math.sin(yaw), Math.cos(pitch), Math.sin(pitch)];
  return Float32Array.of(cy, sp * sy, -cp * sy, 0, cp, sp, sy, -sp * cy, cp * cy);
}

function link(gl: WebGL2RenderingContext): WebGLProgram | null {
  const program = gl.createProgram();
  for (const [kind, source] of [
    [gl.VERTEX_SHADER, VERTEX],
    [gl.FRAGMENT_SHADER, FRAGMENT],
  ] as const) {
    const shader = gl.createShader(kind);
    if (!shader) return null;
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  return gl.getProgramParameter(program, gl.LINK_STATUS) ? program : null;
}
