package main

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/IBM/sarama"
)

type saramaReader struct {
	got  atomic.Int64
	sent int64
	stop context.CancelFunc
}

func (*saramaReader) Setup(sarama.ConsumerGroupSession) error   { return nil }
func (*saramaReader) Cleanup(sarama.ConsumerGroupSession) error { return nil }

func (r *saramaReader) ConsumeClaim(
	session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	for message := range claim.Messages() {
		session.MarkMessage(message, "")
		if r.got.Add(1) == r.sent {
			r.stop()
		}
	}
	return nil
}

// saramaEveryday: each codec, idempotent, then a group that reads all, and what it committed.
func saramaEveryday(ctx context.Context, b broker) error {
	config := sarama.NewConfig()
	config.Version = sarama.MaxVersion
	config.Producer.Idempotent = true
	config.Producer.RequiredAcks = sarama.WaitForAll
	config.Producer.Return.Successes = true
	config.Net.MaxOpenRequests = 1
	config.Consumer.Offsets.Initial = sarama.OffsetOldest
	admin, err := sarama.NewClusterAdmin([]string{b.address}, config)
	if err != nil {
		return err
	}
	defer admin.Close()
	topic, group := b.name("everyday"), b.name("readers")
	detail := sarama.TopicDetail{NumPartitions: 2, ReplicationFactor: 1}
	if err := admin.CreateTopic(topic, &detail, false); err != nil {
		return err
	}
	reader := &saramaReader{}
	for codec := sarama.CompressionNone; codec <= sarama.CompressionZSTD; codec++ {
		config.Producer.Compression = codec
		producer, err := sarama.NewSyncProducer([]string{b.address}, config)
		if err != nil {
			return err
		}
		var batch []*sarama.ProducerMessage
		for n := 0; n < 100; n++ {
			batch = append(batch, &sarama.ProducerMessage{
				Topic: topic, Value: sarama.StringEncoder(fmt.Sprint(codec, n))})
		}
		if err := producer.SendMessages(batch); err != nil {
			return fmt.Errorf("%v: %w", codec, err)
		}
		producer.Close()
		reader.sent += 100
	}
	members, err := sarama.NewConsumerGroup([]string{b.address}, group, config)
	if err != nil {
		return err
	}
	within, stop := context.WithCancel(ctx)
	defer stop()
	reader.stop = stop
	if err := members.Consume(within, []string{topic}, reader); err != nil {
		return err
	}
	if err := members.Close(); err != nil {
		return err
	}
	offsets, err := admin.ListConsumerGroupOffsets(group, map[string][]int32{topic: {0, 1}})
	if err != nil {
		return err
	}
	sum := offsets.GetBlock(topic, 0).Offset + offsets.GetBlock(topic, 1).Offset
	if err := equal("committed", sum, reader.sent); err != nil {
		return err
	}
	if err := admin.DeleteConsumerGroup(group); err != nil {
		return err
	}
	return admin.DeleteTopic(topic)
}
