package main

import (
	"context"
	"fmt"

	"github.com/segmentio/kafka-go"
)

// kafkaGoEveryday: its Writer with each codec, its Client, and its Reader in a group.
func kafkaGoEveryday(ctx context.Context, b broker) error {
	address := kafka.TCP(b.address)
	client := &kafka.Client{Addr: address}
	topic, group := b.name("everyday"), b.name("readers")
	made, err := client.CreateTopics(ctx, &kafka.CreateTopicsRequest{Topics: []kafka.TopicConfig{
		{Topic: topic, NumPartitions: 1, ReplicationFactor: 1}}})
	if err != nil || made.Errors[topic] != nil {
		return fmt.Errorf("no topic: %v %v", err, made)
	}
	sent := 0
	for codec := kafka.Compression(0); codec <= kafka.Zstd; codec++ {
		writer := &kafka.Writer{Addr: address, Topic: topic, Compression: codec,
			BatchTimeout: 1_000_000, RequiredAcks: kafka.RequireAll}
		var batch []kafka.Message
		for n := 0; n < 100; n++ {
			batch = append(batch, kafka.Message{Value: []byte(fmt.Sprint(sent + n))})
		}
		if err := writer.WriteMessages(ctx, batch...); err != nil {
			return fmt.Errorf("%v: %w", codec, err)
		}
		writer.Close()
		sent += 100
	}
	reader := kafka.NewReader(kafka.ReaderConfig{Brokers: []string{b.address}, GroupID: group,
		Topic: topic, StartOffset: kafka.FirstOffset})
	defer reader.Close()
	for n := 0; n < sent; n++ {
		message, err := reader.FetchMessage(ctx)
		if err != nil {
			return fmt.Errorf("%d of %d read: %w", n, sent, err)
		}
		if err := equal("message", string(message.Value), fmt.Sprint(n)); err != nil {
			return err
		}
		if n == sent-1 {
			if err := reader.CommitMessages(ctx, message); err != nil {
				return err
			}
		}
	}
	offsets, err := client.OffsetFetch(ctx, &kafka.OffsetFetchRequest{
		GroupID: group, Topics: map[string][]int{topic: {0}}})
	if err != nil {
		return err
	}
	return equal("committed", offsets.Topics[topic][0].CommittedOffset, int64(sent))
}
