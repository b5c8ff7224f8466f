// Package loopback says which hosts can only be this machine: tests and the emulator live there, and no real token may
// go there.
package loopback

import (
	"net/netip"
	"strings"
)

// Is tells whether the host, a name or an address without port and brackets, can only be this machine.
func Is(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && address.IsLoopback() && address.Zone() == ""
}
