import Graph from 'graphology';
import Sigma from 'sigma';
import { extremityArrow, layerFill, layerPlain, pathLine, sdfCircle, sdfSquare } from 'sigma/rendering';
import type { FragmentLayer, SDFShape } from 'sigma/rendering';

import { Layer } from './canvas-painter.ts';
import type { Colours } from './colours.ts';
import { nodesInSight, paintNames, paintRings } from './ink.ts';
import type { LineMark, NodeMark } from './marks.ts';
import type { Frame, Painter } from './painter.ts';
import { BORDER, lineStyleOf, nodeStyleOf, SQUARE } from './style.ts';

/** A node of sigma. Its y axis points up. */
interface Node {
  x: number;
  y: number;
  size: number;
  color: string;
  opacity: number;
  shape: string;
  depth: string;
}

interface Edge {
  size: number;
  color: string;
  opacity: number;
  head: string;
  tail: string;
  depth: string;
}

/** The order in which everything is painted. */
const DEPTHS = ['lines', 'litLines', 'fadedNodes', 'nodes', 'topLines', 'topNodes'] as const;

/**
 * Paints nodes and lines with WebGL 2, ten thousand of them in each frame. Names and rings are on a canvas above: WebGL
 * cannot shape Arabic or join emojis. Throws an error if there is no WebGL 2 with a GPU.
 */
export class WebglPainter implements Painter {
  readonly #failed: () => void;
  readonly #stage = document.createElement('div');
  readonly #layer: Layer;
  #graph = new Graph<Node, Edge>({ type: 'directed' });
  #sigma: Sigma<Node, Edge> | undefined;
  #colours: Colours | undefined;
  #version = -1;
  #size = '';

  /** @param failed called when the browser has taken the context away */
  constructor(element: HTMLElement, failed: () => void) {
    // WebGL without a GPU is slower than the canvas painter: the browser computes each pixel in software.
    const probe = document.createElement('canvas').getContext('webgl2', { failIfMajorPerformanceCaveat: true });
    if (!probe || isSoftware(probe)) throw new Error('There is no fast WebGL 2.');
    probe.getExtension('WEBGL_lose_context')?.loseContext(); // browsers allow only a few contexts
    this.#failed = failed;
    Object.assign(this.#stage.style, { position: 'absolute', inset: '0', pointerEvents: 'none' });
    element.append(this.#stage);
    this.#layer = new Layer(element);
  }

  paint(frame: Frame): void {
    const { marks, viewport, size } = frame;
    if (size.width < 1 || size.height < 1) return; // hidden
    const isRecoloured = this.#colours !== frame.colours;
    const sigma = this.#open(frame.colours);
    const isRebuilt = this.#version !== marks.version || isRecoloured;
    if (isRebuilt) this.#rebuild(sigma, frame);
    const changes = isRebuilt ? NOTHING : this.#update(frame);
    // Sigma maps its units to pixels around the middle of the window.
    const longest = Math.max(size.width, size.height);
    const { zoom, pan } = viewport;
    sigma.getCamera().setState({
      x: 0.5 + (size.width / 2 - pan.x) / zoom / longest,
      y: 0.5 - (size.height / 2 - pan.y) / zoom / longest,
      ratio: 1 / zoom,
      angle: 0,
    });
    // A resize changes the mapping of places.
    const isResized = this.#size !== `${size.width} ${size.height}`;
    this.#size = `${size.width} ${size.height}`;
    const hasChanges = changes.nodes.length + changes.edges.length > 0;
    sigma.refresh({ partialGraph: changes, skipIndexation: !hasChanges && !isResized });
    const pen = this.#layer.begin(size);
    const nodes = nodesInSight(marks.nodes.values(), frame);
    pen.save();
    this.#layer.through(viewport);
    paintRings(pen, nodes, frame);
    pen.restore();
    paintNames(pen, nodes, frame);
    marks.changed.clear();
    marks.moved.clear();
  }

  destroy(): void {
    this.#sigma?.kill();
    this.#layer.destroy();
    this.#stage.remove();
  }

  /** Returns sigma. The colour of borders is part of its program, so other colours need another one. */
  #open(colours: Colours): Sigma<Node, Edge> {
    if (this.#sigma && this.#colours === colours) return this.#sigma;
    this.#sigma?.kill();
    this.#colours = colours;
    this.#graph = new Graph<Node, Edge>({ type: 'directed' });
    this.#sigma = new Sigma<Node, Edge>(this.#graph, this.#stage, {
      primitives: {
        depthLayers: [...DEPTHS],
        nodes: { shapes: [sdfCircle(), sdfSquare({ cornerRadius: 0.2 }), HEXAGON], layers: [layerFill(), border(colours)] },
        edges: {
          paths: [pathLine()],
          layers: [layerPlain()],
          extremities: [extremityArrow({ lengthRatio: 6, widthRatio: 6 }), WIDE_ARROW],
        },
      },
      styles: {
        nodes: {
          x: { attribute: 'x' },
          y: { attribute: 'y' },
          size: { attribute: 'size' },
          color: { attribute: 'color' },
          opacity: { attribute: 'opacity' },
          shape: { attribute: 'shape' },
          depth: { attribute: 'depth' },
          labelVisibility: 'hidden',
        },
        edges: {
          size: { attribute: 'size' },
          color: { attribute: 'color' },
          opacity: { attribute: 'opacity' },
          head: { attribute: 'head' },
          tail: { attribute: 'tail' },
          depth: { attribute: 'depth' },
        },
      },
      settings: {
        autoRescale: false,
        itemSizesReference: 'screen',
        zoomToSizeRatioFunction: (ratio) => ratio,
        minEdgeThickness: 0.7,
        renderLabels: false,
        pickingDownSizingRatio: 16,
        allowInvalidContainer: true,
      },
    });
    this.#sigma.getStageCanvas().addEventListener('webglcontextlost', () => this.#failed());
    return this.#sigma;
  }

  #rebuild(sigma: Sigma<Node, Edge>, { marks, colours, thin }: Frame): void {
    const graph = new Graph<Node, Edge>({ type: 'directed' });
    for (const node of marks.nodes.values()) graph.addNode(node.id, nodeOf(node, colours));
    for (const line of marks.lines.values()) {
      graph.addEdgeWithKey(line.id, line.source.id, line.target.id, edgeOf(line, colours, thin));
    }
    this.#graph = graph;
    sigma.setGraph(graph);
    this.#version = marks.version;
  }

  /** Updates the changed nodes and lines. It changes the attributes directly: an event for each takes too long. */
  #update({ marks, colours, thin }: Frame): Changes {
    const nodes = [...new Set([...marks.changed, ...marks.moved])].filter((id) => marks.nodes.has(id));
    const edges = [...marks.changed].filter((id) => marks.lines.has(id));
    for (const id of nodes) Object.assign(this.#graph.getNodeAttributes(id), nodeOf(marks.nodes.get(id)!, colours));
    for (const id of edges) Object.assign(this.#graph.getEdgeAttributes(id), edgeOf(marks.lines.get(id)!, colours, thin));
    return { nodes, edges };
  }
}

/** Reports whether WebGL is software. Chromium does not fail for it: it says so only in the name of the renderer. */
function isSoftware(gl: WebGL2RenderingContext): boolean {
  const names = gl.getExtension('WEBGL_debug_renderer_info');
  const renderer = String(gl.getParameter(names?.UNMASKED_RENDERER_WEBGL ?? gl.RENDERER));
  return /swiftshader|llvmpipe|softpipe|basic render|software/i.test(renderer);
}

interface Changes {
  nodes: string[];
  edges: string[];
}

const NOTHING: Changes = { nodes: [], edges: [] };

function nodeOf(node: NodeMark, colours: Colours): Node {
  const { fill, opacity, shape } = nodeStyleOf(node, colours);
  const isTop = node.isPath || node.isSelected || node.kind === 'middle';
  return {
    x: node.x,
    y: -node.y,
    size: node.radius * (shape === 'square' ? SQUARE : 1),
    color: fill,
    opacity,
    shape,
    depth: isTop ? 'topNodes' : node.isFaded ? 'fadedNodes' : 'nodes',
  };
}

function edgeOf(line: LineMark, colours: Colours, thin: number): Edge {
  const { width, colour, opacity, level } = lineStyleOf(line, colours, thin);
  const head = width > 1 ? WIDE_ARROW.name : 'arrow';
  return {
    size: width,
    color: colour,
    opacity,
    head,
    tail: line.mutual ? head : 'none',
    depth: level === 2 ? 'topLines' : level === 1 ? 'litLines' : 'lines',
  };
}

/** The arrow of wide lines: sizes of arrows are multiples of the width. */
const WIDE_ARROW = named(extremityArrow({ lengthRatio: 3.4, widthRatio: 3.4 }), 'arrow', 'wideArrow');

function named<E extends { name: string; glsl: string }>(extremity: E, from: string, name: string): E {
  return { ...extremity, name, glsl: extremity.glsl.replaceAll(`extremity_${from}`, `extremity_${name}`) };
}

/** A hexagon, flat at the top. Its distance is the greatest of those to its three pairs of edges. */
const HEXAGON: SDFShape = {
  name: 'hexagon',
  glsl: /* glsl */ `
float sdf_hexagon(vec2 uv, float size) {
  vec2 p = abs(uv);
  return max(p.y, dot(p, vec2(0.8660254, 0.5))) - size * 0.8660254;
}
`,
  uniforms: [],
  inradiusFactor: 0.8660254,
};

/** The border of nodes in the colour of the background, which separates nodes that touch. */
function border(colours: Colours): FragmentLayer {
  const [red, green, blue] = (colours.ground.match(/[\d.]+/g) ?? ['255', '255', '255']).map((part) => Number(part) / 255);
  return {
    name: 'border',
    uniforms: [],
    attributes: [],
    glsl: /* glsl */ `
vec4 layer_border() {
  float inside = -context.sdf / context.pixelToUV;
  float width = min(${(BORDER / 2).toFixed(2)}, context.pixelSize * 0.06);
  float alpha = 1.0 - smoothstep(width, width + 0.8, inside);
  return vec4(${[red, green, blue].map((part) => (part ?? 1).toFixed(4)).join(', ')}, alpha);
}
`,
  };
}
