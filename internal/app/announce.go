package app

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/url"
	"time"

	"followgraph/internal/config"
	"followgraph/internal/model"
	"followgraph/internal/page"
	"followgraph/internal/social"
)

// announceTimeout limits how long the announcement waits for the database.
const announceTimeout = time.Second

// announce prints the addresses of the server, and a good place to begin in the explorer.
func announce(
	ctx context.Context, out io.Writer, address net.Addr, admin string, serve config.Serve, service *social.Service,
) {
	fmt.Fprintf(out, "Followgraph answers on http://%s/graphql\n", address)
	if serve.Explorer {
		fmt.Fprintf(out, "Explorer: http://%s/\n", address)
		if username := mostFollowed(ctx, service); username != "" {
			fmt.Fprintf(out, "Begin with the user who has the most followers: http://%s/users/%s\n", address, url.PathEscape(username))
		}
	}
	if serve.Playground {
		fmt.Fprintf(out, "Playground: http://%s/playground\n", address)
	}
	if admin != "" {
		fmt.Fprintf(out, "Metrics: http://%s/metrics\n", admin)
	}
}

// mostFollowed returns the username of the user who has the most followers, and "" if there is no user, or if the
// database does not answer now.
func mostFollowed(ctx context.Context, service *social.Service) string {
	ctx, cancel := context.WithTimeout(ctx, announceTimeout)
	defer cancel()
	key := model.ConnectionKey{
		Kind: page.MostFollowers, Page: page.Request{Limit: 1}, Projection: model.Projection{Users: true},
	}
	found, err := service.Connections(ctx, []model.ConnectionKey{key})
	if err != nil || len(found[0].Nodes) == 0 {
		return ""
	}
	return found[0].Nodes[0].Username
}
