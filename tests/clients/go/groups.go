package main

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// member is one of a group, polling on a goroutine of its own.
type member struct {
	client *kgo.Client
	mutex  sync.Mutex
	owned  map[int32]bool
	got    map[string]int
	lost   int
	failed error
}

func join(ctx context.Context, b broker, group, topic string, more ...kgo.Opt) (*member, error) {
	m := &member{owned: map[int32]bool{}, got: map[string]int{}}
	change := func(has bool) func(context.Context, *kgo.Client, map[string][]int32) {
		return func(ctx context.Context, client *kgo.Client, changed map[string][]int32) {
			if !has {
				if err := client.CommitMarkedOffsets(ctx); err != nil {
					m.fail(err)
				}
			}
			m.mutex.Lock()
			defer m.mutex.Unlock()
			for _, partition := range changed[topic] {
				if has {
					m.owned[partition] = true
				} else {
					delete(m.owned, partition)
					m.lost++
				}
			}
		}
	}
	client, err := b.client(append(more,
		kgo.ConsumerGroup(group), kgo.ConsumeTopics(topic),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.OnPartitionsAssigned(change(true)), kgo.OnPartitionsRevoked(change(false)),
		kgo.AutoCommitMarks(), kgo.HeartbeatInterval(300_000_000))...)
	if err != nil {
		return nil, err
	}
	m.client = client
	go m.run(ctx)
	return m, nil
}

func (m *member) run(ctx context.Context) {
	for {
		fetches := m.client.PollFetches(ctx)
		if fetches.IsClientClosed() {
			return
		}
		if err := fetches.Err(); err != nil {
			m.fail(err)
		}
		m.mutex.Lock()
		for _, record := range fetches.Records() {
			m.got[string(record.Value)]++
			m.client.MarkCommitRecords(record)
		}
		m.mutex.Unlock()
	}
}

func (m *member) fail(err error) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	m.failed = err
}

func (m *member) count() (owned, got int) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	return len(m.owned), len(m.got)
}

// shared: each has `each` partitions.
func shared(ctx context.Context, each int, members ...*member) error {
	return soon(ctx, fmt.Sprintf("%d partitions each of %d", each, len(members)), func() bool {
		for _, m := range members {
			if owned, _ := m.count(); owned != each {
				return false
			}
		}
		return true
	})
}

func everyProtocol(ctx context.Context, b broker) error {
	done := make(chan error)
	protocols := map[string][]kgo.Opt{
		"cooperative": {kgo.Balancers(kgo.CooperativeStickyBalancer())},
		"range":       {kgo.Balancers(kgo.RangeBalancer())},
		"consumer":    {kgo.Balancers(kgo.StickyBalancer()), kgo.ServerSideBalancer()},
	}
	for name, options := range protocols {
		go func() {
			err := threeMembers(ctx, b, name, options)
			if err != nil {
				err = fmt.Errorf("%s: %w", name, err)
			}
			done <- err
		}()
	}
	var all error
	for range protocols {
		all = errors.Join(all, <-done)
	}
	return all
}

func threeMembers(ctx context.Context, b broker, name string, options []kgo.Opt) error {
	topic, err := b.topic(ctx, name, 6)
	if err != nil {
		return err
	}
	group := b.name(name)
	var members []*member
	for count := 1; count <= 3; count++ {
		m, err := join(ctx, b, group, topic, options...)
		if err != nil {
			return err
		}
		defer m.client.Close()
		members = append(members, m)
		if err := shared(ctx, 6/count, members...); err != nil {
			return err
		}
	}
	if err := fill(ctx, b, topic, 60); err != nil {
		return err
	}
	err = soon(ctx, "60 records", func() bool {
		sum := 0
		for _, m := range members {
			_, got := m.count()
			sum += got
		}
		return sum == 60
	})
	if err != nil {
		return err
	}
	if err := coordinated(ctx, members[0].client, group, name == "consumer"); err != nil {
		return err
	}
	members[2].client.Close()
	if err := shared(ctx, 3, members[:2]...); err != nil {
		return err
	}
	if name != "range" && members[0].lost > 4 {
		return fmt.Errorf("%d were taken from the first", members[0].lost)
	}
	for _, m := range members {
		if m.failed != nil {
			return m.failed
		}
	}
	members[0].client.Close()
	members[1].client.Close()
	return committed(ctx, b, group, topic, 60)
}

func fill(ctx context.Context, b broker, topic string, count int) error {
	client, err := b.client(kgo.RecordPartitioner(kgo.RoundRobinPartitioner()))
	if err != nil {
		return err
	}
	defer client.Close()
	var records []*kgo.Record
	for n := 0; n < count; n++ {
		records = append(records, &kgo.Record{Topic: topic, Value: []byte(fmt.Sprint(n))})
	}
	return client.ProduceSync(ctx, records...).FirstErr()
}

// coordinated: the broker shares partitions out in groups of the newer protocol only.
func coordinated(ctx context.Context, client *kgo.Client, group string, byBroker bool) error {
	groups, err := kadm.NewClient(client).DescribeConsumerGroups(ctx, group)
	if err != nil {
		return err
	}
	described := groups[group]
	if !byBroker && errors.Is(described.Err, kerr.GroupIDNotFound) {
		return nil
	}
	if described.Err != nil {
		return described.Err
	}
	return equal("the assignor", described.AssignorName, "uniform")
}

func committed(ctx context.Context, b broker, group, topic string, sum int64) error {
	client, err := b.client()
	if err != nil {
		return err
	}
	defer client.Close()
	offsets, err := kadm.NewClient(client).FetchOffsets(ctx, group)
	if err != nil {
		return err
	}
	offsets.Each(func(offset kadm.OffsetResponse) { sum -= offset.At })
	return equal("records not committed", sum, 0)
}
