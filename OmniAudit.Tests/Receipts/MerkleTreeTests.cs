using FsCheck;
using FsCheck.Fluent;
using OmniAudit.Modules.Receipts;

namespace OmniAudit.Tests.Receipts;

public class MerkleTreeTests
{
    private static readonly List<byte[]> Leaves = ReferenceLog.Leaves(200);
    private static readonly List<byte[]> Roots = Enumerable.Range(0, 201).Select(n => ReferenceLog.RootOf([.. Leaves.Take(n)])).ToList();
    private static readonly Dictionary<TreeNode, byte[]> Nodes = ReferenceLog.Nodes(Leaves);

    [Fact]
    public void Root_OfEverySizeUpTo200_IsTheRecursiveDefinition()
    {
        var frontier = new MerkleFrontier();
        Assert.Equal(Roots[0], frontier.Root);
        for (var n = 1; n <= Leaves.Count; n++)
        {
            foreach (var (node, hash) in frontier.Append(MerkleTree.HashLeaf(Leaves[n - 1]))) Assert.Equal(Nodes[node], hash);
            Assert.Equal(Roots[n], frontier.Root);
            Assert.Equal(Roots[n], MerkleTree.HashOf(new LeafRange(0, (ulong)n), Nodes));
        }
    }

    [Fact]
    public void InclusionProof_OfEveryLeafOfEverySizeUpTo70_IsTheRecursiveDefinitionAndVerifies()
    {
        for (var n = 1; n <= 70; n++)
        {
            for (var i = 0; i < n; i++)
            {
                var proof = Inclusion(i, n);
                Assert.Equal(ReferenceLog.Path(i, [.. Leaves.Take(n)]), proof);
                Assert.True(MerkleTree.VerifyInclusion((ulong)i, (ulong)n, MerkleTree.HashLeaf(Leaves[i]), proof, Roots[n]));
            }
        }
    }

    [Fact]
    public void InclusionProof_WithAnythingWrong_IsRefused() => Prop.ForAll(
        Pairs(min: 2),
        pair =>
        {
            var (n, i) = pair;
            var (leaf, proof, root) = (MerkleTree.HashLeaf(Leaves[i]), Inclusion(i, n), Roots[n]);
            bool Verify(int index, int size, byte[] l, IReadOnlyList<byte[]> p, byte[] r) => MerkleTree.VerifyInclusion((ulong)index, (ulong)size, l, p, r);
            var good = Verify(i, n, leaf, proof, root);
            var wrong = Verify(i, n, Flip(leaf), proof, root) || Verify(i, n, leaf, proof, Flip(root))
                || Verify(i, n, leaf, [.. proof, root], root) || Verify(i, n, leaf, [.. proof.SkipLast(1)], root) || Verify(i, n, leaf, [.. proof.Skip(1)], root)
                || Verify(i == 0 ? 1 : i - 1, n, leaf, proof, root) || Verify(n, n, leaf, proof, root)
                || Enumerable.Range(0, proof.Count).Any(k => Verify(i, n, leaf, [.. proof.Select((h, at) => at == k ? Flip(h) : h)], root));
            return good && !wrong;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void VerifyInclusion_WithIndexesNearTheEndOfTheRange_DoesNotOverflow()
    {
        Assert.False(MerkleTree.VerifyInclusion(ulong.MaxValue, ulong.MaxValue, Roots[1], [], Roots[1]));
        Assert.False(MerkleTree.VerifyInclusion(ulong.MaxValue - 1, ulong.MaxValue, Roots[1], Enumerable.Repeat(Roots[1], 64).ToList(), Roots[1]));
        Assert.False(MerkleTree.VerifyInclusion(0, 0, Roots[1], [], Roots[1]));
        Assert.True(MerkleTree.VerifyInclusion(0, 1, Roots[1], [], Roots[1]));
    }

    [Fact]
    public void ConsistencyProof_OfEveryPairUpTo70_IsTheRecursiveDefinitionAndVerifies()
    {
        for (var n = 1; n <= 70; n++)
        {
            Assert.Empty(Consistency(0, n));
            for (var m = 1; m <= n; m++)
            {
                var proof = Consistency(m, n);
                Assert.Equal(ReferenceLog.Consistency(m, [.. Leaves.Take(n)]), proof);
                Assert.True(MerkleTree.VerifyConsistency((ulong)m, Roots[m], (ulong)n, Roots[n], proof));
            }
            Assert.True(MerkleTree.VerifyConsistency(0, Roots[0], (ulong)n, Roots[n], []));
        }
    }

    [Fact]
    public void ConsistencyProof_WithAnythingWrong_IsRefused() => Prop.ForAll(
        Pairs(min: 3),
        pair =>
        {
            var (n, m) = (pair.Size, Math.Max(1, pair.Index));
            var proof = Consistency(m, n);
            bool Verify(int first, byte[] firstRoot, byte[] secondRoot, IReadOnlyList<byte[]> p) => MerkleTree.VerifyConsistency((ulong)first, firstRoot, (ulong)n, secondRoot, p);
            var good = Verify(m, Roots[m], Roots[n], proof);
            var wrong = Verify(m, Flip(Roots[m]), Roots[n], proof) || Verify(m, Roots[m], Flip(Roots[n]), proof)
                || Verify(m, Roots[m], Roots[n], [.. proof, Roots[1]]) || Verify(m, Roots[m], Roots[n], [.. proof.SkipLast(1)])
                || Verify(0, Roots[m], Roots[n], proof) || MerkleTree.VerifyConsistency((ulong)n, Roots[n], (ulong)m, Roots[m], proof)
                || Enumerable.Range(0, proof.Count).Any(k => Verify(m, Roots[m], Roots[n], [.. proof.Select((h, at) => at == k ? Flip(h) : h)]));
            return good && !wrong;
        }).QuickCheckThrowOnFailure();

    private static List<byte[]> Inclusion(int index, int size) =>
        MerkleTree.InclusionProof((ulong)index, (ulong)size).ConvertAll(r => MerkleTree.HashOf(r, Nodes));

    private static List<byte[]> Consistency(int first, int second) =>
        MerkleTree.ConsistencyProof((ulong)first, (ulong)second).ConvertAll(r => MerkleTree.HashOf(r, Nodes));

    private static Arbitrary<(int Size, int Index)> Pairs(int min) =>
        (from size in Gen.Choose(min, 200) from index in Gen.Choose(0, size - 1) select (size, index)).ToArbitrary();

    private static byte[] Flip(byte[] hash) => [.. hash.SkipLast(1), (byte)(hash[^1] ^ 1)];
}
