package app

import (
	"testing"
	"testing/synctest"

	"publish-offer/internal/emulator"
)

// One wrong input is as good as many: the run ends before the first request.
func TestOneWrongInputSendsNothing(t *testing.T) {
	t.Parallel()
	script, err := emulator.Parse("offer live\n")
	if err != nil {
		t.Fatal(err)
	}
	for name, j := range map[string]job{
		"publisher-id":          {env: map[string]string{"INPUT_PUBLISHER-ID": "-contoso"}},
		"offer-id":              {env: map[string]string{"INPUT_OFFER-ID": "contoso/offer"}},
		"tenant-id":             {env: map[string]string{"INPUT_TENANT-ID": "not a tenant"}},
		"client-id":             {env: map[string]string{"INPUT_CLIENT-ID": "$(clientId)"}},
		"command":               {env: map[string]string{"INPUT_COMMAND": "publsh"}},
		"auth":                  {env: map[string]string{"INPUT_AUTH": "password"}},
		"until":                 {env: map[string]string{"INPUT_UNTIL": "forever"}},
		"if-running":            {env: map[string]string{"INPUT_IF-RUNNING": "perhaps"}},
		"on-timeout":            {env: map[string]string{"INPUT_ON-TIMEOUT": "perhaps"}},
		"on-cancel":             {env: map[string]string{"INPUT_ON-CANCEL": "perhaps"}},
		"timeout":               {env: map[string]string{"INPUT_TIMEOUT": "soon"}},
		"dry-run":               {env: map[string]string{"INPUT_DRY-RUN": "perhaps"}},
		"notification-emails":   {env: map[string]string{"INPUT_NOTIFICATION-EMAILS": "nobody"}},
		"outputs-file":          {env: map[string]string{"INPUT_OUTPUTS-FILE": "$DIR/none/outputs.env"}},
		"operation to publish":  {env: map[string]string{"INPUT_OPERATION": "0f3c1c2e-6d3b-4a57-9d6e-8f1f1d2c3b4a"}},
		"operation elsewhere":   {env: map[string]string{"INPUT_COMMAND": "wait", "INPUT_OPERATION": "https://evil.example/api/operations/contoso$contoso-offer$2$preview"}},
		"MARKETPLACE_ENDPOINT":  {env: map[string]string{"MARKETPLACE_ENDPOINT": "https://evil.example"}},
		"a real authority":      {env: map[string]string{"MARKETPLACE_ENDPOINT": "https://127.0.0.1:8443"}},
		"AZURE_AUTHORITY_HOST":  {env: map[string]string{"AZURE_AUTHORITY_HOST": "https://evil.example"}},
		"a shell's arguments":   {args: []string{"sh", "-c", "publish"}},
		"an argument too many":  {args: []string{"publish", "publish"}},
		"a flag nobody knows":   {args: []string{"publish", "--forced"}},
		"a flag without a word": {args: []string{"publish", "--until"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			synctest.Test(t, func(t *testing.T) {
				e := emulator.New(script, emulator.Options{Seed: 1})
				p := play(e, dir, j)
				if calls := e.Calls(); p.exit != exitInput || len(calls) > 0 {
					t.Errorf("exit %d after %d requests\n%s", p.exit, len(calls), p.stdout)
				}
				checkPromises(t, e, j, p, e.Calls())
			})
		})
	}
}

// Over HTTP/2 net/http sends a request again by itself where the peer says that it was not looked at.
// https://pkg.go.dev/net/http#Transport
func TestTransportSpeaksHTTP1Alone(t *testing.T) {
	t.Parallel()
	transport := Transport()
	if p := transport.Protocols; p == nil || !p.HTTP1() || p.HTTP2() || p.UnencryptedHTTP2() || transport.ForceAttemptHTTP2 {
		t.Errorf("it speaks %v", p)
	}
}
