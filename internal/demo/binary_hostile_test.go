//go:build unix

package main

// memoryBudget is what a process may have resident, in KiB, whatever is done to it.
const memoryBudget = 25 << 10
