// Checks the tree that a log publishes (https://c2sp.org/tlog-tiles) with code that is none of ours:
// golang.org/x/mod/sumdb, by which Go verifies its checksum database.
//
//	verify [--self-test] LOG VKEY [CHECKPOINT …]
//
// LOG is the folder that has checkpoint and tile/ in it, VKEY its key as `lethe key status` tells it. Each CHECKPOINT
// was kept from earlier: the log must still prove that tree too, and extend it. With --self-test a copy is changed
// besides, at many places one after another, and each change must be refused. Exit code 0, or 1 with the reason.
package main

import (
	"bytes"
	"encoding/binary"
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height, width = 8, 1 << 8

// published is a log's folder. It hands tiles to tlog, which trusts none before it has led it to the signed root.
type published struct {
	folder string
	read   []string // Tiles and bundles that were read, for the self-test.
}

func (p *published) Height() int                     { return height }
func (p *published) SaveTiles([]tlog.Tile, [][]byte) {}

func (p *published) ReadTiles(tiles []tlog.Tile) (data [][]byte, err error) {
	for _, tile := range tiles {
		hashes, err := p.items(tile)
		if err != nil {
			return nil, err
		}
		data = append(data, bytes.Join(hashes, nil))
	}
	return data, nil
}

// items is what a tile holds: hashes or, at level -1, entries. A partial tile may be gone once the full one is there.
func (p *published) items(tile tlog.Tile) (items [][]byte, err error) {
	// C2SP's path has no height, and another name for level -1.
	path := strings.Replace(strings.Replace(tile.Path(), "/8/", "/", 1), "/data/", "/entries/", 1)
	data, err := os.ReadFile(filepath.Join(p.folder, path))
	if os.IsNotExist(err) && tile.W < width {
		if full, err := p.items(tlog.Tile{H: height, L: tile.L, N: tile.N, W: width}); err == nil {
			return full[:tile.W], nil
		}
	}
	if err != nil {
		return nil, err
	}
	p.read = append(p.read, path)
	for len(data) > 0 {
		length := tlog.HashSize
		if tile.L == -1 && len(data) > 2 { // An entry stands after its length.
			length, data = int(binary.BigEndian.Uint16(data)), data[2:]
		}
		if length != tlog.HashSize || length > len(data) { // Our entries are digests too.
			return nil, fmt.Errorf("%s is cut short, or holds what has not %d bytes", path, tlog.HashSize)
		}
		items, data = append(items, data[:length]), data[length:]
	}
	if len(items) != tile.W {
		return nil, fmt.Errorf("%s holds %d items", path, len(items))
	}
	return items, nil
}

// checkpoint reads a signed note whose text has a line each for origin, size and root.
func checkpoint(file string, key note.Verifier) (tree tlog.Tree, err error) {
	var signed *note.Note
	data, err := os.ReadFile(file)
	if err == nil {
		signed, err = note.Open(data, note.VerifierList(key))
	}
	if err != nil {
		return tree, fmt.Errorf("%s: %w", file, err)
	}
	lines := append(strings.Split(signed.Text, "\n"), "", "") // A line that is not there is empty, which is wrong.
	if tree.N, err = strconv.ParseInt(lines[1], 10, 64); err == nil {
		tree.Hash, err = tlog.ParseHash(lines[2])
	}
	if err != nil || lines[0] != key.Name() || tree.N < 1 || strconv.FormatInt(tree.N, 10) != lines[1] {
		return tree, fmt.Errorf("%s is not this log's origin, a size and a root (%v)", file, err)
	}
	return tree, nil
}

// prove checks tiles, root and entries of a tree. What it returns are the hashes that tlog would store of it.
func (p *published) prove(tree tlog.Tree) (tlog.HashReader, error) {
	indexes := make([]int64, tlog.StoredHashCount(tree.N))
	for i := range indexes {
		indexes[i] = int64(i)
	}
	stored, err := tlog.TileHashReader(tree, p).ReadHashes(indexes) // Reads every tile, and leads each to the root.
	if err != nil {
		return nil, fmt.Errorf("the tiles: %w", err)
	}
	hashes := tlog.HashReaderFunc(func(indexes []int64) (some []tlog.Hash, _ error) {
		for _, index := range indexes {
			some = append(some, stored[index])
		}
		return some, nil
	})
	if root, _ := tlog.TreeHash(tree.N, hashes); root != tree.Hash {
		return nil, fmt.Errorf("the tiles have the root %v, and %v is signed", root, tree.Hash)
	}
	for position := int64(0); position < tree.N; {
		bundle := tlog.Tile{H: height, L: -1, N: position / width, W: width}
		if rest := tree.N - position; rest < width {
			bundle.W = int(rest)
		}
		entries, err := p.items(bundle)
		if err != nil {
			return nil, err
		}
		for _, entry := range entries {
			proof, err := tlog.ProveRecord(tree.N, position, hashes)
			if err == nil {
				err = tlog.CheckRecord(proof, tree.N, tree.Hash, position, tlog.RecordHash(entry))
			}
			if err != nil {
				return nil, fmt.Errorf("entry %d: %w", position, err)
			}
			position++
		}
	}
	return hashes, nil
}

// verify checks all of it, and says in a sentence what that was.
func (p *published) verify(key note.Verifier, kept []string) (string, error) {
	tree, err := checkpoint(filepath.Join(p.folder, "checkpoint"), key)
	if err != nil {
		return "", err
	}
	hashes, err := p.prove(tree)
	if err != nil {
		return "", err
	}
	files := len(p.read)
	var earlier []tlog.Tree // Of sizes near all powers of two and near the present one, and those that were kept.
	for power := int64(1); power <= tree.N; power *= 2 {
		for _, size := range []int64{power, power/2 + 1, tree.N - power + 1} {
			root, _ := tlog.TreeHash(size, hashes)
			earlier = append(earlier, tlog.Tree{N: size, Hash: root})
		}
	}
	for _, file := range kept {
		old, err := checkpoint(file, key)
		if err == nil {
			_, err = p.prove(old)
		}
		if err != nil {
			return "", fmt.Errorf("the checkpoint kept: %w", err)
		}
		earlier = append(earlier, old)
	}
	for _, old := range earlier {
		proof, err := tlog.ProveTree(tree.N, old.N, hashes)
		if err == nil {
			err = tlog.CheckTree(proof, tree.N, tree.Hash, old.N, old.Hash)
		}
		if err != nil {
			return "", fmt.Errorf("the log does not extend the tree of %d entries: %w", old.N, err)
		}
	}
	return fmt.Sprintf("%s: %d tiles and bundles lead to the signed root, %d entries are in the tree, and it extends %d "+
		"trees of its past, %d of them signed.", key.Name(), files, tree.N, len(earlier), len(kept)), nil
}

func main() {
	log.SetFlags(0)
	tests := flag.Bool("self-test", false, "change a copy in many places, each of which must be refused")
	flag.Parse()
	if flag.NArg() < 2 {
		log.Fatal("usage: verify [--self-test] LOG VKEY [CHECKPOINT …]")
	}
	said, tree, kept := "", &published{folder: flag.Arg(0)}, flag.Args()[2:]
	key, err := note.NewVerifier(flag.Arg(1))
	if err == nil {
		said, err = tree.verify(key, kept)
	}
	if err == nil && *tests {
		said, err = tree.selfTest(said, key, kept)
	}
	if err != nil {
		log.Fatal("not verified: ", err)
	}
	fmt.Println("verified:", said)
}
