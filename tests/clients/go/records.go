package main

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

func (b broker) client(more ...kgo.Opt) (*kgo.Client, error) {
	return kgo.NewClient(append([]kgo.Opt{kgo.SeedBrokers(b.address)}, more...)...)
}

// topic creates one and returns its name.
func (b broker) topic(ctx context.Context, suffix string, partitions int32) (string, error) {
	client, err := b.client()
	if err != nil {
		return "", err
	}
	defer client.Close()
	name := b.name(suffix)
	_, err = kadm.NewClient(client).CreateTopic(ctx, partitions, -1, nil, name)
	return name, err
}

// read returns the first count records of a topic, without a group.
func (b broker) read(
	ctx context.Context, topic string, count int, more ...kgo.Opt) ([]*kgo.Record, error) {
	client, err := b.client(append(more, kgo.ConsumeTopics(topic),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))...)
	if err != nil {
		return nil, err
	}
	defer client.Close()
	return poll(ctx, client, count)
}

func poll(ctx context.Context, client *kgo.Client, count int) ([]*kgo.Record, error) {
	var found []*kgo.Record
	for len(found) < count {
		fetches := client.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			return nil, fmt.Errorf("%d of %d records: %w", len(found), count, err)
		}
		found = append(found, fetches.Records()...)
	}
	return found, equal("records", len(found), count)
}

// eachCodec: with idempotence, headers, null keys and tombstones.
func eachCodec(ctx context.Context, b broker) error {
	topic, err := b.topic(ctx, "codecs", 1)
	if err != nil {
		return err
	}
	codecs := map[string]kgo.CompressionCodec{
		"none": kgo.NoCompression(), "gzip": kgo.GzipCompression(), "snappy": kgo.SnappyCompression(),
		"lz4": kgo.Lz4Compression(), "zstd": kgo.ZstdCompression(),
	}
	var sent []*kgo.Record
	for name, codec := range codecs {
		client, err := b.client(kgo.ProducerBatchCompression(codec), kgo.DefaultProduceTopic(topic))
		if err != nil {
			return err
		}
		defer client.Close()
		batch := []*kgo.Record{{Key: []byte("gone"), Value: nil}, {Key: nil, Value: []byte{}}}
		for n := 0; n < 300; n++ {
			batch = append(batch, &kgo.Record{
				Key: []byte(fmt.Sprint(n)), Value: []byte(name + strings.Repeat("x", n)),
				Headers: []kgo.RecordHeader{{Key: "h", Value: []byte{byte(n)}}, {Key: "h", Value: nil}}})
		}
		if err := client.ProduceSync(ctx, batch...).FirstErr(); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		sent = append(sent, batch...)
	}
	found, err := b.read(ctx, topic, len(sent))
	if err != nil {
		return err
	}
	for at, record := range found {
		expected := sent[at]
		if record.Offset != int64(at) || expected.Offset != int64(at) ||
			!bytes.Equal(record.Key, expected.Key) || !bytes.Equal(record.Value, expected.Value) ||
			(record.Value == nil) != (expected.Value == nil) ||
			len(record.Headers) != len(expected.Headers) ||
			record.Timestamp.UnixMilli() != expected.Timestamp.UnixMilli() {
			return fmt.Errorf("record %d: %v instead of %v", at, record, expected)
		}
	}
	return nil
}
