package report

import (
	"errors"
	"fmt"
	"html"
	"io"
	"math"
	"strings"
)

// The dimensions of the plot, in pixels.
const (
	plotWidth, plotHeight    = 720, 400
	plotLeft, plotRight      = 60, 220 // the legend is on the right
	plotTop, plotBottom      = 40, 50
	plotInnerX, plotInnerY   = plotWidth - plotLeft - plotRight, plotHeight - plotTop - plotBottom
	lineHeight, markerRadius = 20, 3.5
)

// colours is the palette of Okabe and Ito, which is suitable for all types of colour vision.
var colours = []string{"#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#999999"}

// Plot writes an SVG with the costs of the series over the number of users, on a logarithmic axis. A bound greater than
// 0 is drawn as a line.
func Plot(w io.Writer, title string, series []Series, bound float64) error {
	if len(series) == 0 || len(series[0].Points) < 2 {
		return errors.New("a plot needs at least two sizes")
	}
	all, highest, err := costs(series)
	if err != nil {
		return err
	}
	first, last := series[0].Points[0].Users, series[0].Points[len(series[0].Points)-1].Users
	top := math.Ceil(max(highest, bound)*4+0.5) / 4
	x := func(users int) float64 {
		part := math.Log(float64(users)/float64(first)) / math.Log(float64(last)/float64(first))
		return plotLeft + part*plotInnerX
	}
	y := func(cost float64) float64 { return plotTop + (1-cost/top)*plotInnerY }

	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%[1]d" height="%[2]d" font-family="sans-serif" font-size="12">`+"\n", plotWidth, plotHeight)
	fmt.Fprintf(&b, `<rect width="100%%" height="100%%" fill="#ffffff"/>`+"\n")
	text(&b, plotLeft, plotTop-18, "start", title)
	for cost := 0.0; cost <= top+1e-9; cost += 0.25 {
		line(&b, plotLeft, y(cost), plotLeft+plotInnerX, y(cost), "#dddddd", "")
		text(&b, plotLeft-8, y(cost)+4, "end", fmt.Sprintf("%.2f", cost))
	}
	for _, p := range series[0].Points {
		line(&b, x(p.Users), plotTop, x(p.Users), plotTop+plotInnerY, "#dddddd", "")
		text(&b, x(p.Users), plotTop+plotInnerY+18, "middle", grouped(p.Users))
	}
	text(&b, plotLeft+plotInnerX/2.0, plotHeight-12, "middle", "users (logarithmic)")
	if bound > 0 {
		line(&b, plotLeft, y(bound), plotLeft+plotInnerX, y(bound), "#555555", "6 4")
		text(&b, plotLeft+plotInnerX+8, y(bound)+4, "start", fmt.Sprintf("bound: %g", bound))
	}
	for i, s := range series {
		colour := colours[i%len(colours)]
		points := make([]string, len(s.Points))
		for j, p := range s.Points {
			points[j] = fmt.Sprintf("%.1f,%.1f", x(p.Users), y(all[i][j]))
			fmt.Fprintf(&b, `<circle cx="%.1f" cy="%.1f" r="%g" fill="%s"/>`+"\n", x(p.Users), y(all[i][j]), markerRadius, colour)
		}
		fmt.Fprintf(&b, `<polyline points="%s" fill="none" stroke="%s" stroke-width="2"/>`+"\n", strings.Join(points, " "), colour)
		// At the bottom, where there are no lines.
		at := float64(plotTop + plotInnerY - lineHeight*(len(series)-i))
		line(&b, plotLeft+plotInnerX+12, at-4, plotLeft+plotInnerX+32, at-4, colour, "")
		text(&b, plotLeft+plotInnerX+38, at, "start", fmt.Sprintf("%s %s: %.2f", s.Shape, s.Server, all[i][len(all[i])-1]))
	}
	b.WriteString("</svg>\n")
	_, err = io.WriteString(w, b.String())
	return err
}

func line(b *strings.Builder, x1, y1, x2, y2 float64, colour, dashes string) {
	if dashes != "" {
		dashes = fmt.Sprintf(` stroke-dasharray="%s"`, dashes)
	}
	fmt.Fprintf(b, `<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="%s"%s/>`+"\n", x1, y1, x2, y2, colour, dashes)
}

func text(b *strings.Builder, x, y float64, anchor, content string) {
	fmt.Fprintf(b, `<text x="%.1f" y="%.1f" text-anchor="%s" fill="#222222">%s</text>`+"\n", x, y, anchor, html.EscapeString(content))
}
