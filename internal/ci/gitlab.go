package ci

import (
	"fmt"
	"strings"
	"time"
)

// gitLab is a terminal with collapsible sections. Its outputs go through the outputs file; it has no annotations, summary or
// masks made at run time.
type gitLab struct {
	terminal
	sections int
	open     string // name of the open section
}

// group builds a section's first line.
// https://docs.gitlab.com/ci/jobs/job_logs/#custom-collapsible-sections
func (g *gitLab) group(title string, now time.Time) command {
	g.sections++
	g.open = fmt.Sprintf("%s_%d_%d", sectionName(title), now.Unix(), g.sections)
	return command(fmt.Sprintf("\x1b[0Ksection_start:%d:%s[collapsed=true]\r\x1b[0K%s", now.Unix(), g.open, title))
}

func (g *gitLab) endGroup(now time.Time) command {
	return command(fmt.Sprintf("\x1b[0Ksection_end:%d:%s\r\x1b[0K", now.Unix(), g.open))
}

// sectionName keeps of a title what GitLab takes in a section's name.
func sectionName(title string) string {
	return strings.ToLower(strings.Map(func(r rune) rune {
		if strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-", r) {
			return r
		}
		return '_'
	}, title))
}
