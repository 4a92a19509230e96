using System.Numerics;
using System.Security.Cryptography;

namespace OmniAudit.Modules.Receipts;

/// <summary>A complete subtree: <paramref name="Level"/> 0 is a leaf, level n covers 2ⁿ leaves from <c>Index · 2ⁿ</c> on.</summary>
internal readonly record struct TreeNode(int Level, ulong Index)
{
    /// <summary>One number for both, sorted by level and then by index; the key of the stored node.</summary>
    public long Position => ((long)Level << 56) | (long)Index;
}

/// <summary>The leaves from <paramref name="Start"/> up to, not including, <paramref name="End"/>: what one hash of a proof covers.</summary>
internal readonly record struct LeafRange(ulong Start, ulong End);

/// <summary>
/// The Merkle tree of RFC 6962 §2.1 (= RFC 9162 §2.1): hashing, which subtrees a proof needs, and the verification of
/// proofs. Sizes and indexes are unsigned 64-bit throughout. Nothing here knows where hashes are stored.
/// </summary>
internal static class MerkleTree
{
    public const int HashSize = 32;

    /// <summary>The root of the tree without leaves: SHA-256 of nothing.</summary>
    public static byte[] EmptyRoot => SHA256.HashData([]);

    public static byte[] HashLeaf(ReadOnlySpan<byte> entry)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData([0]);
        hash.AppendData(entry);
        return hash.GetHashAndReset();
    }

    public static byte[] HashNode(byte[] left, byte[] right)
    {
        Span<byte> input = stackalloc byte[1 + (2 * HashSize)];
        input[0] = 1;
        left.CopyTo(input[1..]);
        right.CopyTo(input[(1 + HashSize)..]);
        return SHA256.HashData(input);
    }

    /// <summary>The complete subtrees that make up a range of the tree, left to right. The range must be one that the tree itself splits into.</summary>
    public static IEnumerable<TreeNode> NodesOf(LeafRange range)
    {
        for (var start = range.Start; start < range.End;)
        {
            var level = BitOperations.Log2(range.End - start);
            yield return new TreeNode(level, start >> level);
            start += 1UL << level;
        }
    }

    /// <summary>The hash of a range from the stored hashes of its complete subtrees.</summary>
    public static byte[] HashOf(LeafRange range, IReadOnlyDictionary<TreeNode, byte[]> nodes)
    {
        if (range.Start == range.End) return EmptyRoot;
        return Fold(NodesOf(range).Select(n => nodes[n]).ToList());
    }

    /// <summary>Joins complete subtrees, left to right by falling size, from the right end: the tree's own shape.</summary>
    public static byte[] Fold(IReadOnlyList<byte[]> subtrees)
    {
        if (subtrees.Count == 0) return EmptyRoot;
        var hash = subtrees[^1];
        for (var i = subtrees.Count - 2; i >= 0; i--) hash = HashNode(subtrees[i], hash);
        return hash;
    }

    /// <summary>What the inclusion proof of a leaf consists of, in its order (RFC 6962 §2.1.1).</summary>
    public static List<LeafRange> InclusionProof(ulong index, ulong size)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, size);
        var proof = new List<LeafRange>();
        var (start, end) = (0UL, size);
        while (end - start > 1)
        {
            var middle = start + Split(end - start);
            if (index < middle)
            {
                proof.Add(new LeafRange(middle, end));
                end = middle;
            }
            else
            {
                proof.Add(new LeafRange(start, middle));
                start = middle;
            }
        }
        proof.Reverse();
        return proof;
    }

    /// <summary>What the proof that the first <paramref name="first"/> leaves of a tree are unchanged consists of (RFC 6962 §2.1.2); empty for 0 and for the whole tree.</summary>
    public static List<LeafRange> ConsistencyProof(ulong first, ulong second)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(first, second);
        var proof = new List<LeafRange>();
        if (first == 0) return proof;
        var (start, end, known) = (0UL, second, true);
        while (first != end)
        {
            var middle = start + Split(end - start);
            if (first <= middle)
            {
                proof.Add(new LeafRange(middle, end));
                end = middle;
            }
            else
            {
                proof.Add(new LeafRange(start, middle));
                start = middle;
                known = false;
            }
        }
        // The verifier knows the old root; it must be told the old tree's last part only if that is not the whole of it.
        if (!known) proof.Add(new LeafRange(start, end));
        proof.Reverse();
        return proof;
    }

    /// <summary>RFC 9162 §2.1.3.2.</summary>
    public static bool VerifyInclusion(ulong index, ulong size, byte[] leafHash, IReadOnlyList<byte[]> proof, byte[] root)
    {
        if (index >= size) return false;
        var (fn, sn, r) = (index, size - 1, leafHash);
        foreach (var p in proof)
        {
            if (sn == 0) return false;
            if ((fn & 1) == 1 || fn == sn)
            {
                r = HashNode(p, r);
                while ((fn & 1) == 0 && fn != 0)
                {
                    fn >>= 1;
                    sn >>= 1;
                }
            }
            else
            {
                r = HashNode(r, p);
            }
            fn >>= 1;
            sn >>= 1;
        }
        return sn == 0 && r.AsSpan().SequenceEqual(root);
    }

    /// <summary>RFC 9162 §2.1.4.2; the empty tree is consistent with every tree.</summary>
    public static bool VerifyConsistency(ulong first, byte[] firstRoot, ulong second, byte[] secondRoot, IReadOnlyList<byte[]> proof)
    {
        if (first > second) return false;
        if (first == second) return proof.Count == 0 && firstRoot.AsSpan().SequenceEqual(secondRoot);
        if (first == 0) return proof.Count == 0 && firstRoot.AsSpan().SequenceEqual(EmptyRoot);
        if (BitOperations.IsPow2(first)) proof = [firstRoot, .. proof];
        if (proof.Count == 0) return false;
        var (fn, sn) = (first - 1, second - 1);
        while ((fn & 1) == 1)
        {
            fn >>= 1;
            sn >>= 1;
        }
        var (fr, sr) = (proof[0], proof[0]);
        foreach (var c in proof.Skip(1))
        {
            if (sn == 0) return false;
            if ((fn & 1) == 1 || fn == sn)
            {
                fr = HashNode(c, fr);
                sr = HashNode(c, sr);
                while ((fn & 1) == 0 && fn != 0)
                {
                    fn >>= 1;
                    sn >>= 1;
                }
            }
            else
            {
                sr = HashNode(sr, c);
            }
            fn >>= 1;
            sn >>= 1;
        }
        return sn == 0 && fr.AsSpan().SequenceEqual(firstRoot) && sr.AsSpan().SequenceEqual(secondRoot);
    }

    /// <summary>The largest power of two below <paramref name="count"/> (which is at least 2).</summary>
    private static ulong Split(ulong count) => 1UL << BitOperations.Log2(count - 1);
}

/// <summary>The right edge of a growing tree: enough to append and to tell the root, without any other leaf.</summary>
internal sealed class MerkleFrontier
{
    private readonly List<byte[]> _subtrees;

    public MerkleFrontier() => _subtrees = [];

    /// <param name="subtrees">The hashes of <see cref="MerkleTree.NodesOf"/> the whole tree, left to right.</param>
    public MerkleFrontier(ulong size, IEnumerable<byte[]> subtrees) => (Size, _subtrees) = (size, [.. subtrees]);

    public ulong Size { get; private set; }

    public byte[] Root => MerkleTree.Fold(_subtrees);

    /// <summary>Appends a leaf and returns the subtrees that it completes: the leaf itself first, then upwards.</summary>
    public List<(TreeNode Node, byte[] Hash)> Append(byte[] leafHash)
    {
        var node = new TreeNode(0, Size);
        var hash = leafHash;
        var completed = new List<(TreeNode, byte[])> { (node, hash) };
        while ((node.Index & 1) == 1)
        {
            hash = MerkleTree.HashNode(_subtrees[^1], hash);
            _subtrees.RemoveAt(_subtrees.Count - 1);
            node = new TreeNode(node.Level + 1, node.Index >> 1);
            completed.Add((node, hash));
        }
        _subtrees.Add(hash);
        Size++;
        return completed;
    }
}
