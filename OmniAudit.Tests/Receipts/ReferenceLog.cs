using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using OmniAudit.Modules.Receipts;

namespace OmniAudit.Tests.Receipts;

/// <summary>The log of the reference vector, in memory, hashed by the recursive definitions of RFC 6962 §2.1 and not by the product's code.</summary>
internal static class ReferenceLog
{
    public const string Origin = "omniaudit.example/log1";
    public const string Vkey = "omniaudit.example/log1+8f8d889b+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4";
    public const string Root = "h9UMXqS06cZqY1DcnPgMhWQabcLU6G++7tynUvpM20w=";
    public const string Signature = "j42ImzFq6h/Js6WbnR6z5XANsuizXNBZgWa432V2yPeM2Z99fCVB1jx/u4YbAA1yb62knxilVqc0eYY0TeyVjSXPiQY=";

    public static LogKey Key { get; } = LogKey.FromSecret(Origin, [1, .. Enumerable.Range(0, 32).Select(i => (byte)i)]);

    public static List<byte[]> Leaves(int count) =>
        Enumerable.Range(0, count).Select(i => Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{{\"n\":{i}}}"))).ToList();

    public static byte[] RootOf(IReadOnlyList<byte[]> leaves)
    {
        if (leaves.Count == 0) return SHA256.HashData([]);
        if (leaves.Count == 1) return SHA256.HashData([0, .. leaves[0]]);
        var k = Split(leaves.Count);
        return SHA256.HashData([1, .. RootOf([.. leaves.Take(k)]), .. RootOf([.. leaves.Skip(k)])]);
    }

    public static List<byte[]> Path(int index, IReadOnlyList<byte[]> leaves)
    {
        if (leaves.Count == 1) return [];
        var k = Split(leaves.Count);
        return index < k
            ? [.. Path(index, [.. leaves.Take(k)]), RootOf([.. leaves.Skip(k)])]
            : [.. Path(index - k, [.. leaves.Skip(k)]), RootOf([.. leaves.Take(k)])];
    }

    /// <summary>SUBPROOF of RFC 6962 §2.1.2.</summary>
    public static List<byte[]> Consistency(int first, IReadOnlyList<byte[]> leaves, bool known = true)
    {
        if (first == leaves.Count) return known ? [] : [RootOf(leaves)];
        var k = Split(leaves.Count);
        return first <= k
            ? [.. Consistency(first, [.. leaves.Take(k)], known), RootOf([.. leaves.Skip(k)])]
            : [.. Consistency(first - k, [.. leaves.Skip(k)], false), RootOf([.. leaves.Take(k)])];
    }

    /// <summary>Every complete subtree, as the database stores them.</summary>
    public static Dictionary<TreeNode, byte[]> Nodes(IReadOnlyList<byte[]> leaves)
    {
        var nodes = new Dictionary<TreeNode, byte[]>();
        for (var level = 0; leaves.Count >> level > 0; level++)
        {
            for (var i = 0; i < leaves.Count >> level; i++) nodes[new TreeNode(level, (ulong)i)] = RootOf([.. leaves.Skip(i << level).Take(1 << level)]);
        }
        return nodes;
    }

    public static string Checkpoint(IReadOnlyList<byte[]> leaves, LogKey? key = null, string origin = Origin) =>
        SignedNote.Sign(string.Create(CultureInfo.InvariantCulture, $"{origin}\n{leaves.Count}\n{Convert.ToBase64String(RootOf(leaves))}\n"), key ?? Key);

    public static string Proof(int index, IReadOnlyList<byte[]> leaves, LogKey? key = null) =>
        new TlogProof((ulong)index, Path(index, leaves), Checkpoint(leaves, key)).ToText();

    private static int Split(int count)
    {
        var k = 1;
        while (k * 2 < count) k *= 2;
        return k;
    }
}
