package sse

import (
	"sync"
	"sync/atomic"

	"github.com/HdrHistogram/hdrhistogram-go"
	"go.k6.io/k6/v2/metrics"
)

// group is all swarms of a process whose samples have the same tags, and so are one time series: what a gauge says of them is
// of all, since k6 keeps the last value alone.
type group struct {
	open     atomic.Int64
	mutex    sync.Mutex
	delivery *hdrhistogram.Histogram
}

func newGroup() *group { return &group{delivery: newHistogram()} }

// gather adds deliveries to those of before, and returns what all of them took.
func (g *group) gather(more *hdrhistogram.Histogram) Quantiles {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	g.delivery.Merge(more)
	return quantiles(g.delivery)
}

type groups struct {
	mutex  sync.Mutex
	byTags map[*metrics.TagSet]*group
}

// of returns the group of those tags. k6 has one tag set for the same tags.
func (g *groups) of(tags *metrics.TagSet) *group {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	if g.byTags == nil {
		g.byTags = map[*metrics.TagSet]*group{}
	}
	if g.byTags[tags] == nil {
		g.byTags[tags] = newGroup()
	}
	return g.byTags[tags]
}
