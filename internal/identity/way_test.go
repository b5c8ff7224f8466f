package identity

import (
	"strings"
	"testing"
)

func TestAutoChoosesByPlatformAndNeverFallsThrough(t *testing.T) {
	t.Parallel()
	github := map[string]string{gitHubURL: githubURL, gitHubToken: requestToken}
	devops := map[string]string{pipelinesURL: devopsURL, pipelinesToken: systemToken}
	gitlab := map[string]string{idToken: "a.b.c"}
	file := map[string]string{tokenFile: tokenFilePath}
	all := merge(github, devops, gitlab, file)
	for _, tc := range []struct {
		name, auth, platform string
		env                  map[string]string
		want                 string // empty: Missing
	}{
		{"GitHub", "auto", "github", all, gitHub},
		{"Azure Pipelines", "auto", "azure-pipelines", all, azurePipelines},
		{"GitLab", "auto", "gitlab", all, idTokenWay},
		{"empty is auto", "", "gitlab", all, idTokenWay},
		{"GitHub without permission", "auto", "github", merge(devops, gitlab, file), ""},
		{"Azure Pipelines without token", "auto", "azure-pipelines", merge(github, gitlab, file, map[string]string{pipelinesURL: devopsURL}), ""},
		{"GitLab without id_tokens", "auto", "gitlab", merge(github, devops, file), ""},
		{"elsewhere: the file first", "auto", "", all, tokenFileWay},
		{"elsewhere: then the id-token", "auto", "", merge(github, devops, gitlab), idTokenWay},
		{"elsewhere: then GitHub", "auto", "", merge(github, devops), gitHub},
		{"elsewhere: then Azure Pipelines", "auto", "", devops, azurePipelines},
		{"elsewhere: half of GitHub is not present", "auto", "", merge(devops, map[string]string{gitHubURL: githubURL}), azurePipelines},
		{"elsewhere: nothing", "auto", "", nil, ""},
		{"named, against the platform", tokenFileWay, "github", all, tokenFileWay},
		{"named, and missing", idTokenWay, "github", merge(github, devops, file), ""},
		{"azure-cli needs no variable", azureCLI, "", nil, azureCLI},
		{"an unresolved expression is not set", "auto", "azure-pipelines", map[string]string{pipelinesURL: devopsURL, pipelinesToken: "$(System.AccessToken)"}, ""},
		{"an unresolved GitLab variable is not set", "auto", "gitlab", map[string]string{idToken: "$AZURE_ID_TOKEN"}, ""},
		{"blank is not set", "auto", "gitlab", map[string]string{idToken: " \n"}, ""},
		{"unknown", "magic", "", all, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.env = tc.env
			c, err := New(w.config(tc.auth, tc.platform))
			if tc.want == "" {
				e := failed(t, err, Missing)
				if len(e.Missing) == 0 || e.Transient() {
					t.Errorf("%+v", e)
				}
				return
			}
			if err != nil || c.Source() != tc.want {
				t.Fatalf("source %v, %v", c, err)
			}
		})
	}
}

func merge(maps ...map[string]string) map[string]string {
	all := map[string]string{}
	for _, m := range maps {
		for k, v := range m {
			all[k] = v
		}
	}
	return all
}

func TestWhatIsMissingIsNamedWithHowToSetIt(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, platform string
		want           []string
		unwanted       []string
	}{
		{"GitHub", "github", []string{"github", gitHubURL, gitHubToken, "permissions: id-token: write"}, []string{idToken, pipelinesURL}},
		{"Azure Pipelines", "azure-pipelines", []string{pipelinesURL, "env: SYSTEM_ACCESSTOKEN: $(System.AccessToken)", "service-connection-id"}, []string{gitHubURL}},
		{"GitLab", "gitlab", []string{idToken, "id_tokens: AZURE_ID_TOKEN: aud: api://AzureADTokenExchange"}, []string{gitHubURL, tokenFile}},
		{"elsewhere", "", []string{gitHubURL, gitHubToken, pipelinesURL, pipelinesToken, "service-connection-id", idToken, tokenFile, "id-token needs", "token-file needs", "github needs", "azure-pipelines needs"}, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			config := w.config("auto", tc.platform)
			config.ServiceConnection = ""
			_, err := New(config)
			text := failed(t, err, Missing).Error()
			for _, want := range tc.want {
				if !strings.Contains(text, want) {
					t.Errorf("%q does not name %q", text, want)
				}
			}
			for _, unwanted := range tc.unwanted {
				if strings.Contains(text, unwanted) {
					t.Errorf("%q names %q", text, unwanted)
				}
			}
		})
	}
	t.Run("ids", func(t *testing.T) {
		t.Parallel()
		config := onGitHub(t).config("auto", "github")
		config.Tenant, config.Client = "", ""
		_, err := New(config)
		text := failed(t, err, Missing).Error()
		if !strings.Contains(text, "tenant-id") || !strings.Contains(text, "client-id") {
			t.Error(text)
		}
	})
	t.Run("at a terminal", func(t *testing.T) {
		t.Parallel()
		for _, platform := range []string{"", "github", "gitlab"} {
			config := newWorld(t).config("auto", platform)
			config.Interactive = platform == ""
			_, err := New(config)
			hints := strings.Join(failed(t, err, Missing).Hints, "\n")
			if strings.Contains(hints, "--auth azure-cli") != (platform == "") || strings.Contains(hints, "project_id") != (platform == "gitlab") {
				t.Errorf("%q: %s", platform, hints)
			}
		}
	})
	if len(newWorld(t).log) != 0 {
		t.Error("a request was made")
	}
}

func TestAddressesThatNoSecretGoesTo(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		url string
		ok  bool
	}{
		{"https://pipelines.example/token", true},
		{"http://127.0.0.1:8080/token", true},
		{"http://[::1]:8080/token", true},
		{"http://localhost/token", true},
		{"https://127.0.0.1/token", true},
		{"http://pipelines.example/token", false},
		{"http://127.0.0.1.example/token", false},
		{"https://user:hunter2@pipelines.example/token", false},
		{"https://hunter2@127.0.0.1/token", false},
		{"ftp://127.0.0.1/", false},
		{"//pipelines.example/token", false},
		{"pipelines.example", false},
		{"https://", false},
		{"https:///token", false},
		{"https://%zz@hunter2/", false},
		{"http://127.0.0.1\x00hunter2", false},
	} {
		for _, name := range []string{gitHubURL, pipelinesURL} {
			w := onGitHub(t)
			platform := "github"
			if name == pipelinesURL {
				w, platform = onAzurePipelines(t), "azure-pipelines"
			}
			w.env[name] = tc.url
			_, err := New(w.config("auto", platform))
			if tc.ok {
				if err != nil {
					t.Errorf("%s: %v", tc.url, err)
				}
				continue
			}
			text := failed(t, err, Endpoint).Error()
			if !strings.Contains(text, name) || strings.Contains(text, "hunter2") {
				t.Errorf("%q: %s", tc.url, text)
			}
		}
	}
	for _, bad := range []string{"http://127.0.0.1/", "http://login.microsoftonline.com/", "https://u:hunter2@login.microsoftonline.com/", "nonsense"} {
		config := onGitHub(t).config("auto", "github")
		config.Authority = bad
		_, err := New(config)
		if text := failed(t, err, Endpoint).Error(); strings.Contains(text, "hunter2") {
			t.Error(text)
		}
	}
	config := onGitHub(t).config("auto", "github")
	config.Tenant = "contoso/../other"
	_, err := New(config)
	failed(t, err, Endpoint)
}
