package main

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

const workers = "workers"

type redisFlow func(context.Context, *redisServer) error

// redisServer is the one under test, seen through a client, with a stream that no other flow uses.
type redisServer struct {
	*redis.Client
	stream string
}

// over runs the flow with a client of the given protocol; 0 is the client's default.
func over(protocol int, run redisFlow) flow {
	return func(ctx context.Context, b broker) error {
		options := redis.Options{Addr: b.address, Protocol: protocol, PoolSize: 4}
		client := redis.NewClient(&options)
		defer client.Close()
		return run(ctx, &redisServer{client, b.prefix})
	}
}

func (s *redisServer) add(ctx context.Context, id string, n any) string {
	return s.XAdd(ctx, &redis.XAddArgs{Stream: s.stream, ID: id, Values: []any{"n", n}}).Val()
}

// read returns what the group has for the consumer, at most count entries.
func (s *redisServer) read(ctx context.Context, consumer string, count int64, block time.Duration) (
	[]redis.XMessage, error) {
	return messages(s.XReadGroup(ctx, &redis.XReadGroupArgs{Group: workers, Consumer: consumer,
		Streams: []string{s.stream, ">"}, Count: count, Block: block}).Result())
}

func messages(streams []redis.XStream, err error) ([]redis.XMessage, error) {
	if err != nil {
		return nil, err
	}
	if len(streams) != 1 {
		return nil, fmt.Errorf("%d streams answered", len(streams))
	}
	return streams[0].Messages, nil
}

func message(id string, n int) redis.XMessage {
	return redis.XMessage{ID: id, Values: map[string]any{"n": fmt.Sprint(n)}}
}

// claims collects what does not hold.
type claims struct{ errors []error }

func (c *claims) same(what string, found, expected any) {
	if !reflect.DeepEqual(found, expected) {
		c.errors = append(c.errors, fmt.Errorf("%s: %+v instead of %+v", what, found, expected))
	}
}

func (c *claims) begins(what string, err error, text string) {
	if err == nil || !strings.HasPrefix(err.Error(), text) {
		c.errors = append(c.errors, fmt.Errorf("%s: error %v instead of %s", what, err, text))
	}
}

func (c *claims) result() error { return errors.Join(c.errors...) }

// redisDefaults: a connection made with an address alone.
func redisDefaults(ctx context.Context, s *redisServer) error {
	info, err := s.ClientInfo(ctx).Result()
	if err != nil {
		return err
	}
	var c claims
	c.same("protocol", info.Resp, 3)
	c.same("library", strings.HasPrefix(info.LibName, "go-redis"), true)
	c.same("version", strings.HasPrefix(info.LibVer, redis.Version()), true)
	return c.result()
}

func redisLife(ctx context.Context, s *redisServer) error {
	var c claims
	c.same("create", s.XGroupCreateMkStream(ctx, s.stream, workers, "$").Err(), nil)
	c.begins("create again", s.XGroupCreate(ctx, s.stream, workers, "$").Err(), "BUSYGROUP ")
	var sent []string
	for n := 0; n < 6; n++ {
		sent = append(sent, s.add(ctx, "*", n))
	}
	entry := func(n int) redis.XMessage { return message(sent[n], n) }
	pending := func(consumer string) (found []string) {
		for _, one := range s.XPendingExt(ctx, &redis.XPendingExtArgs{Stream: s.stream, Group: workers,
			Start: "-", End: "+", Count: 10, Consumer: consumer}).Val() {
			found = append(found, fmt.Sprint(one.ID, " ", one.Consumer, " ", one.RetryCount))
		}
		return found
	}

	got, err := s.read(ctx, "w1", 4, time.Second)
	c.same("read", err, nil)
	c.same("read", got, []redis.XMessage{entry(0), entry(1), entry(2), entry(3)})
	c.same("ack", s.XAck(ctx, s.stream, workers, sent[0]).Val(), int64(1))
	c.same("pending", s.XPending(ctx, s.stream, workers).Val(), &redis.XPending{
		Count: 3, Lower: sent[1], Higher: sent[3], Consumers: map[string]int64{"w1": 3}})
	c.same("each pending", pending(""), []string{sent[1] + " w1 1", sent[2] + " w1 1", sent[3] + " w1 1"})
	claim := redis.XClaimArgs{Stream: s.stream, Group: workers, Consumer: "w2"}
	claim.Messages = sent[1:2]
	c.same("claim", s.XClaim(ctx, &claim).Val(), []redis.XMessage{entry(1)})
	claim.Messages = sent[2:3]
	c.same("claim of an ID", s.XClaimJustID(ctx, &claim).Val(), sent[2:3])
	c.same("delete", s.XDel(ctx, s.stream, sent[3]).Val(), int64(1))
	auto := redis.XAutoClaimArgs{Stream: s.stream, Group: workers, Consumer: "w3", Start: "-", Count: 2}
	found, next, err := s.XAutoClaim(ctx, &auto).Result()
	c.same("autoclaim", err, nil)
	c.same("autoclaim", found, []redis.XMessage{entry(1), entry(2)})
	c.same("next", next, sent[3])
	auto.Start = next
	found, next, deleted, err := s.XAutoClaimWithDeleted(ctx, &auto).Result()
	c.same("autoclaim", err, nil)
	c.same("rest of autoclaim", fmt.Sprint(found, next, deleted), fmt.Sprint("[]", "0-0", sent[3:4]))
	c.same("pending of one", pending("w3"), []string{sent[1] + " w3 3", sent[2] + " w3 2"})
	history, err := messages(s.XReadGroup(ctx, &redis.XReadGroupArgs{
		Group: workers, Consumer: "w3", Streams: []string{s.stream, "0"}}).Result())
	c.same("history", err, nil)
	c.same("history", history, []redis.XMessage{entry(1), entry(2)})

	c.same("new consumer", s.XGroupCreateConsumer(ctx, s.stream, workers, "w4").Val(), int64(1))
	var consumers []string
	for _, one := range s.XInfoConsumers(ctx, s.stream, workers).Val() {
		consumers = append(consumers, fmt.Sprint(one.Name, " ", one.Pending))
	}
	c.same("consumers", consumers, []string{"w1 0", "w2 0", "w3 2", "w4 0"})
	c.same("idle consumer gone", s.XGroupDelConsumer(ctx, s.stream, workers, "w4").Val(), int64(0))
	c.same("consumer gone", s.XGroupDelConsumer(ctx, s.stream, workers, "w3").Val(), int64(2))
	c.same("set back", s.XGroupSetID(ctx, s.stream, workers, "0").Err(), nil)
	got, err = s.read(ctx, "w1", 10, -1)
	c.same("read again", err, nil)
	c.same("read again", len(got), 5)
	group := s.XInfoGroups(ctx, s.stream).Val()
	c.same("group", fmt.Sprint(len(group), group[0].Name, group[0].Pending, group[0].LastDeliveredID),
		fmt.Sprint(1, workers, 5, sent[5]))
	c.same("destroy", s.XGroupDestroy(ctx, s.stream, workers).Val(), int64(1))
	c.same("destroy again", s.XGroupDestroy(ctx, s.stream, workers).Val(), int64(0))
	_, err = s.read(ctx, "w1", 10, -1)
	c.begins("read without group", err, "NOGROUP ")
	c.same("length", s.XLen(ctx, s.stream).Val(), int64(5))
	return c.result()
}

func redisBlocked(ctx context.Context, s *redisServer) error {
	var c claims
	c.same("create", s.XGroupCreateMkStream(ctx, s.stream, workers, "$").Err(), nil)
	for name, read := range map[string]func(time.Duration) ([]redis.XMessage, error){
		"XREAD": func(block time.Duration) ([]redis.XMessage, error) {
			return messages(s.XRead(ctx, &redis.XReadArgs{
				Streams: []string{s.stream, "$"}, Block: block}).Result())
		},
		"XREADGROUP": func(block time.Duration) ([]redis.XMessage, error) {
			return s.read(ctx, "w1", 10, block)
		},
	} {
		_, err := read(150 * time.Millisecond)
		c.same(name+" in vain", err, redis.Nil)
		done := make(chan string, 1)
		go func() {
			_ = soon(ctx, "a blocked client", func() bool {
				return strings.Contains(s.Info(ctx, "clients").Val(), "blocked_clients:1\r")
			})
			done <- s.add(ctx, "*", 1)
		}()
		started := time.Now()
		got, err := read(20 * time.Second)
		c.same(name, err, nil)
		c.same(name, got, []redis.XMessage{message(<-done, 1)})
		c.same(name+" was woken", time.Since(started) < 5*time.Second, true)
		_, _ = s.read(ctx, "w2", 10, -1) // so that the next wait begins with nothing
	}
	return c.result()
}

func redisPipeline(ctx context.Context, s *redisServer) error {
	var c claims
	sent, err := s.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		for n := 0; n < 10000; n++ {
			pipe.XAdd(ctx, &redis.XAddArgs{Stream: s.stream, Values: []any{"n", n}})
		}
		return nil
	})
	c.same("pipeline", err, nil)
	var expected []redis.XMessage
	for n, one := range sent {
		expected = append(expected, message(one.(*redis.StringCmd).Val(), n))
	}
	c.same("all", len(expected), 10000)
	c.same("in order", reflect.DeepEqual(s.XRange(ctx, s.stream, "-", "+").Val(), expected), true)
	return c.result()
}

func redisTransaction(ctx context.Context, s *redisServer) error {
	var c claims
	c.same("create", s.XGroupCreateMkStream(ctx, s.stream, workers, "$").Err(), nil)
	answers, err := s.TxPipelined(ctx, func(pipe redis.Pipeliner) error {
		pipe.XAdd(ctx, &redis.XAddArgs{Stream: s.stream, ID: "1-1", Values: []any{"n", 1}})
		pipe.XReadGroup(ctx, &redis.XReadGroupArgs{
			Group: workers, Consumer: "w1", Streams: []string{s.stream, ">"}})
		pipe.XRead(ctx, &redis.XReadArgs{Streams: []string{s.stream, "$"}, Block: time.Minute})
		pipe.XAdd(ctx, &redis.XAddArgs{Stream: s.stream, ID: "1-1", Values: []any{"n", 0}})
		pipe.XAck(ctx, s.stream, workers, "1-1")
		return nil
	})
	c.same("first error", err, redis.Nil) // of the read that waits for nothing
	got, err := messages(answers[1].(*redis.XStreamSliceCmd).Result())
	c.same("read", err, nil)
	c.same("read", got, []redis.XMessage{message("1-1", 1)})
	c.begins("add below the top", answers[3].Err(), "ERR The ID specified in XADD is equal or smaller")
	c.same("acked", answers[4].(*redis.IntCmd).Val(), int64(1))

	change := func(between func(), id string) error {
		return s.Watch(ctx, func(tx *redis.Tx) error {
			between()
			_, err := tx.TxPipelined(ctx, func(pipe redis.Pipeliner) error {
				return pipe.XAdd(ctx, &redis.XAddArgs{
					Stream: s.stream, ID: id, Values: []any{"n", id}}).Err()
			})
			return err
		}, s.stream)
	}
	c.same("watched stream had changed", change(func() { s.add(ctx, "5-1", 5) }, "6-1"), redis.TxFailedErr)
	c.same("nobody between", change(func() {}, "7-1"), nil)
	var ids []string
	for _, one := range s.XRange(ctx, s.stream, "-", "+").Val() {
		ids = append(ids, one.ID)
	}
	c.same("entries", ids, []string{"1-1", "5-1", "7-1"})
	return c.result()
}
