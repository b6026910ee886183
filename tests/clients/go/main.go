// Command client_flow runs one flow of a client for Go: client_flow CLIENT FLOW ADDRESS PREFIX.
// Ends with 1 when it fails.
package main

import (
	"context"
	"fmt"
	"os"
	"time"
)

// broker is the one under test, with a prefix for names that no other flow uses.
type broker struct {
	address string
	prefix  string
}

func (b broker) name(suffix string) string { return b.prefix + "-" + suffix }

type flow func(context.Context, broker) error

var flows = map[string]map[string]flow{
	"franz-go": {
		"codecs":       eachCodec,
		"groups":       everyProtocol,
		"transactions": outcomes,
		"exactly_once": copiesExactlyOnce,
		"admin":        everyAdminCall,
	},
	"sarama":   {"everyday": saramaEveryday},
	"kafka-go": {"everyday": kafkaGoEveryday},
	"go-redis": {
		"defaults":          over(0, redisDefaults),
		"life":              over(0, redisLife),
		"life_resp2":        over(2, redisLife),
		"blocked":           over(0, redisBlocked),
		"blocked_resp2":     over(2, redisBlocked),
		"pipeline":          over(0, redisPipeline),
		"pipeline_resp2":    over(2, redisPipeline),
		"transaction":       over(0, redisTransaction),
		"transaction_resp2": over(2, redisTransaction),
	},
}

func main() {
	run := flows[os.Args[1]][os.Args[2]]
	ctx, cancel := context.WithTimeout(context.Background(), 90*time.Second)
	defer cancel()
	if err := run(ctx, broker{os.Args[3], os.Args[4]}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func equal[T comparable](what string, found, expected T) error {
	if found != expected {
		return fmt.Errorf("%s: %v instead of %v", what, found, expected)
	}
	return nil
}

// soon waits until the claim holds.
func soon(ctx context.Context, what string, claim func() bool) error {
	for !claim() {
		select {
		case <-ctx.Done():
			return fmt.Errorf("in vain for %s", what)
		case <-time.After(20 * time.Millisecond):
		}
	}
	return nil
}
