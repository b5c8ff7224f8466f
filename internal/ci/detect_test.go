package ci

import (
	"testing"
	"time"
)

func TestDetect(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		env  env
		want Kind
	}{
		{env{}, Terminal},
		{env{"GITHUB_ACTIONS": "true"}, GitHub},
		{env{"GITHUB_ACTIONS": "false"}, Terminal},
		{env{"TF_BUILD": "True"}, AzurePipelines},
		{env{"TF_BUILD": "true"}, AzurePipelines},
		{env{"TF_BUILD": "1"}, Terminal},
		{env{"GITLAB_CI": "true"}, GitLab},
		{env{"GITLAB_CI": "false"}, Terminal}, // gitlab-ci-local
		{env{"GITHUB_ACTIONS": "true", "TF_BUILD": "True", "GITLAB_CI": "true"}, GitHub},
		{env{"TF_BUILD": "True", "GITLAB_CI": "true"}, AzurePipelines},
	} {
		if got := Detect(test.env.get); got != test.want {
			t.Errorf("%v: %s, want %s", test.env, got, test.want)
		}
	}
	for kind, want := range map[Kind]string{GitHub: "", AzurePipelines: "", GitLab: "publish-offer.env", Terminal: ""} {
		if got := DefaultOutputsFile(kind); got != want {
			t.Errorf("%s: outputs file %q", kind, got)
		}
	}
}

func TestTimeLeft(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		kind Kind
		env  env
		want time.Duration
	}{
		{GitHub, env{"CI_JOB_TIMEOUT": "3600", "SYSTEM_JOBTIMEOUT": "60"}, 0},
		{Terminal, env{"CI_JOB_TIMEOUT": "3600"}, 0},
		{GitLab, env{}, 0},
		{GitLab, env{"CI_JOB_TIMEOUT": "0"}, 0},
		{GitLab, env{"CI_JOB_TIMEOUT": "-5"}, 0},
		{GitLab, env{"CI_JOB_TIMEOUT": "1h"}, 0},
		{GitLab, env{"CI_JOB_TIMEOUT": "9223372036854775807"}, 0},
		{GitLab, env{"CI_JOB_TIMEOUT": "3600", "CI_JOB_STARTED_AT": "2026-05-04T11:30:00Z"}, 29 * time.Minute},
		{GitLab, env{"CI_JOB_TIMEOUT": "3600", "CI_JOB_STARTED_AT": "2026-05-04T13:30:00+02:00"}, 29 * time.Minute},
		{GitLab, env{"CI_JOB_TIMEOUT": "3600", "CI_JOB_STARTED_AT": "2026-05-04T10:00:00Z"}, time.Second},
		{GitLab, env{"CI_JOB_TIMEOUT": "3600", "CI_JOB_STARTED_AT": "2026-05-04T12:30:00Z"}, 59 * time.Minute}, // a clock that is ahead
		{GitLab, env{"CI_JOB_TIMEOUT": "3600"}, 59 * time.Minute},
		{AzurePipelines, env{}, 0},
		{AzurePipelines, env{"SYSTEM_JOBTIMEOUT": "0"}, 0},
		{AzurePipelines, env{"SYSTEM_JOBTIMEOUT": "60"}, 55 * time.Minute},
		{AzurePipelines, env{"SYSTEM_JOBTIMEOUT": "4"}, time.Second},
	} {
		if got := TimeLeft(test.kind, test.env.get, now); got != test.want {
			t.Errorf("%s, %v: %v, want %v", test.kind, test.env, got, test.want)
		}
	}
}
