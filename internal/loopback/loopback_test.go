package loopback

import "testing"

func TestIs(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]bool{
		"localhost": true, "LocalHost": true, "127.0.0.1": true, "127.9.9.9": true, "::1": true, "::ffff:127.0.0.1": true,
		"": false, "localhost.": false, "localhost.evil.example": false, "127.0.0.1.evil.example": false, "0.0.0.0": false,
		"::": false, "::1%lo": false, "10.0.0.1": false, "[::1]": false, "127.1": false,
	} {
		if Is(host) != want {
			t.Errorf("Is(%q) is %t", host, !want)
		}
	}
}
