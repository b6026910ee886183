package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// outcomes: what is committed is read, what is aborted is not, and the older of two is fenced.
func outcomes(ctx context.Context, b broker) error {
	topic, err := b.topic(ctx, "outcomes", 1)
	if err != nil {
		return err
	}
	options := []kgo.Opt{kgo.TransactionalID(b.name("outcomes")), kgo.DefaultProduceTopic(topic)}
	older, err := b.client(options...)
	if err != nil {
		return err
	}
	defer older.Close()
	for n := 0; n < 20; n++ {
		for _, end := range []kgo.TransactionEndTry{kgo.TryCommit, kgo.TryAbort} {
			if err := transact(ctx, older, fmt.Sprint(bool(end), n), end); err != nil {
				return err
			}
		}
	}
	newer, err := b.client(options...)
	if err != nil {
		return err
	}
	defer newer.Close()
	if err := older.BeginTransaction(); err != nil {
		return err
	}
	if err := older.ProduceSync(ctx, kgo.StringRecord("from the older")).FirstErr(); err != nil {
		return err
	}
	if err := transact(ctx, newer, "true from the newer", kgo.TryCommit); err != nil {
		return err
	}
	err = older.EndTransaction(ctx, kgo.TryCommit)
	if !errors.Is(err, kerr.ProducerFenced) && !errors.Is(err, kerr.InvalidProducerEpoch) {
		return fmt.Errorf("the older is not fenced: %v", err)
	}
	stable, err := b.read(ctx, topic, 21, kgo.FetchIsolationLevel(kgo.ReadCommitted()))
	if err != nil {
		return err
	}
	for _, record := range stable {
		if string(record.Value[:4]) != "true" {
			return fmt.Errorf("read, but not committed: %s", record.Value)
		}
	}
	_, err = b.read(ctx, topic, 42)
	return err
}

func transact(
	ctx context.Context, client *kgo.Client, value string, end kgo.TransactionEndTry) error {
	if err := client.BeginTransaction(); err != nil {
		return err
	}
	if err := client.ProduceSync(ctx, kgo.StringRecord(value)).FirstErr(); err != nil {
		return err
	}
	return client.EndTransaction(ctx, end)
}

// copiesExactlyOnce: two sessions of one group copy a topic while a third comes and the first goes.
func copiesExactlyOnce(ctx context.Context, b broker) error {
	from, err := b.topic(ctx, "from", 4)
	if err != nil {
		return err
	}
	to, err := b.topic(ctx, "to", 1)
	if err != nil {
		return err
	}
	if err := fill(ctx, b, from, 400); err != nil {
		return err
	}
	done := make(chan error, 3)
	var stops []context.CancelFunc
	for n := 0; n < 3; n++ {
		within, stop := context.WithCancel(ctx)
		defer stop()
		stops = append(stops, stop)
		go func() { done <- copies(within, b, fmt.Sprint(n), from, to) }()
		if n == 1 {
			if _, err := b.read(ctx, to, 1, kgo.FetchMaxBytes(1)); err != nil && ctx.Err() != nil {
				return err
			}
			stops[0]()
		}
	}
	if err := fill(ctx, b, from, 400); err != nil {
		return err
	}
	found, err := b.read(ctx, to, 800, kgo.FetchIsolationLevel(kgo.ReadCommitted()))
	if err != nil {
		return err
	}
	for _, stop := range stops {
		stop()
		if err := <-done; err != nil && !errors.Is(err, context.Canceled) {
			return err
		}
	}
	times := map[string]int{}
	for _, record := range found {
		times[string(record.Value)]++
	}
	for value, count := range times {
		if count != 2 {
			return fmt.Errorf("%s is there %d times instead of twice", value, count)
		}
	}
	if err := equal("values", len(times), 400); err != nil {
		return err
	}
	return committed(ctx, b, b.name("copiers"), from, 800)
}

func copies(ctx context.Context, b broker, instance, from, to string) error {
	session, err := kgo.NewGroupTransactSession(
		kgo.SeedBrokers(b.address), kgo.TransactionalID(b.name("copier-"+instance)),
		kgo.ConsumerGroup(b.name("copiers")), kgo.ConsumeTopics(from),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.RequireStableFetchOffsets(),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.DefaultProduceTopic(to),
		kgo.HeartbeatInterval(300_000_000))
	if err != nil {
		return err
	}
	defer session.Close()
	for {
		fetches := session.PollRecords(ctx, 20)
		if ctx.Err() != nil {
			return nil
		}
		if err := fetches.Err(); err != nil {
			return err
		}
		if err := session.Begin(); err != nil {
			return err
		}
		fetches.EachRecord(func(record *kgo.Record) {
			session.Produce(context.Background(), &kgo.Record{Value: record.Value}, nil)
		})
		if _, err := session.End(context.Background(), kgo.TryCommit); err != nil {
			return err
		}
	}
}
