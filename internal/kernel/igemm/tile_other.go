//go:build !amd64 || noasm

package igemm

func tileFor() *tile { return tileInGo }
