package ci

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// Kind names a CI system.
type Kind string

// The kinds that Detect tells apart.
const (
	GitHub         Kind = "GitHub Actions"
	AzurePipelines Kind = "Azure Pipelines"
	GitLab         Kind = "GitLab CI"
	Terminal       Kind = "terminal"
)

// Detect tells from the environment which CI system runs the program. The first match wins; anywhere else it is a Terminal.
func Detect(getenv func(string) string) Kind {
	switch {
	// https://docs.github.com/en/actions/reference/workflows-and-actions/variables
	case getenv("GITHUB_ACTIONS") == "true":
		return GitHub
	// The agent writes "True": https://learn.microsoft.com/en-us/azure/devops/pipelines/build/variables
	case strings.EqualFold(getenv("TF_BUILD"), "true"):
		return AzurePipelines
	// https://docs.gitlab.com/ci/variables/predefined_variables/
	case getenv("GITLAB_CI") == "true":
		return GitLab
	default:
		return Terminal
	}
}

// TimeLeft says how long the program may still run before the platform ends the job, with room to end well before that. 0
// means that the platform does not say; a time that is known is never less than a second.
func TimeLeft(k Kind, getenv func(string) string, now time.Time) time.Duration {
	var limit, elapsed, reserve time.Duration
	switch k {
	case GitLab:
		// A cancelled job is killed 6 to 10 s after SIGTERM; a minute leaves room for that.
		limit, reserve = wholeUnits(getenv("CI_JOB_TIMEOUT"), time.Second), time.Minute
		// Without a start that can be read, the job is taken to have begun just now.
		if started, err := time.Parse(time.RFC3339, getenv("CI_JOB_STARTED_AT")); err == nil && started.Before(now) {
			elapsed = now.Sub(started)
		}
	case AzurePipelines:
		// The agent tells the limit but not when the job began: five minutes stand for its preparation, the steps before,
		// and the ending.
		limit, reserve = wholeUnits(getenv("SYSTEM_JOBTIMEOUT"), time.Minute), 5*time.Minute
	}
	if limit == 0 {
		return 0
	}
	return max(limit-elapsed-reserve, time.Second)
}

// wholeUnits reads a whole number of units; 0 is for what is no positive number.
func wholeUnits(text string, unit time.Duration) time.Duration {
	n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	if err != nil || n <= 0 || n > math.MaxInt64/int64(unit) {
		return 0
	}
	return time.Duration(n) * unit
}

// DefaultOutputsFile names the dotenv file that the platform's jobs use for outputs unless told otherwise; "" where the
// platform has a way of its own.
func DefaultOutputsFile(k Kind) string {
	if k == GitLab {
		return "publish-offer.env"
	}
	return ""
}
