package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

func everyAdminCall(ctx context.Context, b broker) error {
	client, err := b.client()
	if err != nil {
		return err
	}
	defer client.Close()
	admin := kadm.NewClient(client)
	for _, part := range []func(context.Context, broker, *kadm.Client) error{
		adminTopics, adminGroups, adminCluster, adminTransactions} {
		if err := part(ctx, b, admin); err != nil {
			return err
		}
	}
	return nil
}

func adminTopics(ctx context.Context, b broker, admin *kadm.Client) error {
	topic := b.name("made")
	value := "12345"
	made, err := admin.CreateTopic(ctx, 2, 1, map[string]*string{"retention.ms": &value}, topic)
	if err != nil {
		return err
	}
	if _, err := admin.CreateTopic(ctx, 2, 1, nil, topic); !errors.Is(err, kerr.TopicAlreadyExists) {
		return fmt.Errorf("made twice: %v", err)
	}
	if err := fill(ctx, b, topic, 10); err != nil {
		return err
	}
	listed, err := admin.ListTopics(ctx, topic)
	if err != nil {
		return err
	}
	if err := equal("the id", listed[topic].ID, made.ID); err != nil {
		return err
	}
	configs, err := admin.DescribeTopicConfigs(ctx, topic)
	if err != nil {
		return err
	}
	for _, config := range configs[0].Configs {
		if config.Key == "retention.ms" && config.MaybeValue() != value {
			return fmt.Errorf("retention.ms is %s", config.MaybeValue())
		}
	}
	altered, err := admin.AlterTopicConfigs(ctx, []kadm.AlterConfig{
		{Op: kadm.SetConfig, Name: "retention.ms", Value: kadm.StringPtr("-1")}}, topic)
	if err != nil || altered[0].Err != nil {
		return fmt.Errorf("settings are not altered: %v %v", err, altered)
	}
	grown, err := admin.UpdatePartitions(ctx, 3, topic)
	if err != nil || grown.Error() != nil {
		return fmt.Errorf("partitions are not added: %v %v", err, grown.Error())
	}
	cut, err := admin.DeleteRecords(ctx, kadm.Offsets{topic: {0: {Topic: topic, At: 2}}})
	if err != nil || cut.Error() != nil {
		return fmt.Errorf("records are not deleted: %v %v", err, cut.Error())
	}
	starts, err := admin.ListStartOffsets(ctx, topic)
	if err != nil {
		return err
	}
	if err := equal("the start", starts[topic][0].Offset, 2); err != nil {
		return err
	}
	deleted, err := admin.DeleteTopics(ctx, topic)
	if err != nil || deleted.Error() != nil {
		return fmt.Errorf("not deleted: %v %v", err, deleted.Error())
	}
	return nil
}

func adminGroups(ctx context.Context, b broker, admin *kadm.Client) error {
	topic, err := b.topic(ctx, "read", 1)
	if err != nil {
		return err
	}
	if err := fill(ctx, b, topic, 10); err != nil {
		return err
	}
	group := b.name("readers")
	var offsets kadm.Offsets
	offsets.Add(kadm.Offset{Topic: topic, Partition: 0, At: 4, LeaderEpoch: -1, Metadata: "note"})
	if err := admin.CommitAllOffsets(ctx, group, offsets); err != nil {
		return err
	}
	fetched, err := admin.FetchOffsets(ctx, group)
	if err != nil {
		return err
	}
	at, _ := fetched.Lookup(topic, 0)
	if err := equal("the note", at.Metadata, "note"); err != nil {
		return err
	}
	lags, err := admin.Lag(ctx, group)
	if err != nil {
		return err
	}
	if err := equal("the lag", lags[group].Lag.Total(), 6); err != nil {
		return err
	}
	described, err := admin.DescribeGroups(ctx, group)
	if err != nil {
		return err
	}
	if err := equal("the state", described[group].State, "Empty"); err != nil {
		return err
	}
	var gone kadm.TopicsSet
	gone.Add(topic, 0)
	removed, err := admin.DeleteOffsets(ctx, group, gone)
	if err != nil || removed.Error() != nil {
		return fmt.Errorf("offsets are not deleted: %v %v", err, removed)
	}
	deleted, err := admin.DeleteGroup(ctx, group)
	if err != nil && !errors.Is(err, kerr.GroupIDNotFound) || deleted.Group != group {
		return fmt.Errorf("the group is not deleted: %v %v", err, deleted)
	}
	return nil
}

func adminCluster(ctx context.Context, b broker, admin *kadm.Client) error {
	brokers, err := admin.ListBrokers(ctx)
	if err != nil {
		return err
	}
	address := fmt.Sprintf("%s:%d", brokers[0].Host, brokers[0].Port)
	if err := equal("the broker", address, b.address); err != nil {
		return err
	}
	if _, err := admin.DescribeAllLogDirs(ctx, nil); err != nil {
		return err
	}
	versions, err := admin.ApiVersions(ctx)
	if err != nil {
		return err
	}
	if err := equal("brokers that tell their versions", len(versions), 1); err != nil {
		return err
	}
	acls, err := admin.DescribeACLs(ctx, kadm.NewACLs().AnyResource().Allow().AllowHosts().Deny().
		DenyHosts().Operations(kadm.OpAny).ResourcePatternType(kadm.ACLPatternAny))
	if err != nil {
		return err
	}
	for _, result := range acls {
		if !errors.Is(result.Err, kerr.SecurityDisabled) {
			return fmt.Errorf("security is not disabled: %v", result.Err)
		}
	}
	return nil
}

func adminTransactions(ctx context.Context, b broker, admin *kadm.Client) error {
	topic, err := b.topic(ctx, "t", 1)
	if err != nil {
		return err
	}
	id := b.name("open")
	producer, err := b.client(kgo.TransactionalID(id), kgo.DefaultProduceTopic(topic))
	if err != nil {
		return err
	}
	defer producer.Close()
	if err := producer.BeginTransaction(); err != nil {
		return err
	}
	if err := producer.ProduceSync(ctx, kgo.StringRecord("v")).FirstErr(); err != nil {
		return err
	}
	listed, err := admin.ListTransactions(ctx, nil, []string{"Ongoing"})
	if err != nil {
		return err
	}
	if err := equal("the state listed", listed[id].State, "Ongoing"); err != nil {
		return err
	}
	described, err := admin.DescribeTransactions(ctx, id)
	if err != nil {
		return err
	}
	if err := equal("partitions", len(described[id].Topics[topic]), 1); err != nil {
		return err
	}
	var places kadm.TopicsSet
	places.Add(topic, 0)
	producers, err := admin.DescribeProducers(ctx, places)
	if err != nil {
		return err
	}
	if err := equal("producers", len(producers.SortedProducers()), 1); err != nil {
		return err
	}
	if err := equal("the producer", producers.SortedProducers()[0].ProducerID,
		described[id].ProducerID); err != nil {
		return err
	}
	return producer.EndTransaction(ctx, kgo.TryAbort)
}
