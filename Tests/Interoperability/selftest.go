package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/mod/sumdb/note"
)

// selfTest changes a copy of what was read, one byte at a time. Each change must be refused; how many there were is
// told after what was said before.
func (p *published) selfTest(said string, key note.Verifier, kept []string) (string, error) {
	temporary, err := os.MkdirTemp("", "verify-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(temporary)
	copied := &published{folder: temporary}
	write := func(path string, data []byte) error {
		file := filepath.Join(copied.folder, path)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			return err
		}
		return os.WriteFile(file, data, 0o600)
	}
	original := map[string][]byte{}
	var paths []string // In the order in which they were read: the topmost tiles, others, bundles.
	for _, path := range append([]string{"checkpoint"}, p.read...) {
		if original[path] == nil {
			if original[path], err = os.ReadFile(filepath.Join(p.folder, path)); err != nil {
				return "", err
			}
			if err = write(path, original[path]); err != nil {
				return "", err
			}
			paths = append(paths, path)
		}
	}
	if _, err = copied.verify(key, kept); err != nil {
		return "", fmt.Errorf("the unchanged copy was refused: %w", err)
	}

	refused := 0
	refuse := func(path string, changed []byte, change string) error {
		if err := write(path, changed); err != nil {
			return err
		}
		if _, err := copied.verify(key, kept); err == nil {
			return fmt.Errorf("%s with %s was taken", path, change)
		}
		refused++
		return write(path, original[path])
	}
	flip := func(path string, at int) error {
		changed := append([]byte{}, original[path]...)
		changed[at] ^= 1
		return refuse(path, changed, fmt.Sprintf("byte %d changed", at))
	}

	// All that is signed and the signature, up to where base64 has bits that count for nothing.
	signed, err := note.Open(original["checkpoint"], note.VerifierList(key))
	if err != nil {
		return "", err
	}
	signature := []byte(signed.Sigs[0].Base64)
	start := bytes.Index(original["checkpoint"], signature)
	for at := range original["checkpoint"] {
		if at < len(signed.Text) || at >= start && at < start+len(signature)-2 {
			if err := flip("checkpoint", at); err != nil {
				return "", err
			}
		}
	}
	// The topmost tiles, the last bundle and a sample of those between: first, middle and last byte, and cut short.
	for i, path := range paths[1:] {
		if i >= 4 && i%(len(paths)/8+1) != 0 && i < len(paths)-2 {
			continue
		}
		last := len(original[path]) - 1
		for _, at := range []int{0, last / 2, last} {
			if err := flip(path, at); err != nil {
				return "", err
			}
		}
		if err := refuse(path, original[path][:last], "its last byte cut off"); err != nil {
			return "", err
		}
	}
	_, err = copied.verify(key, kept)
	return fmt.Sprintf("%s Of a copy, %d changes were made and refused.", said, refused), err
}
