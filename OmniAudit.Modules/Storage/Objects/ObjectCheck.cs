using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace OmniAudit.Modules.Storage.Objects;

/// <summary>Looks whether every object is there that something refers to, and whole.</summary>
public sealed class ObjectCheck
{
    private readonly ObjectStore _objects;
    private readonly IReadOnlyList<IObjectReferrer> _referrers;

    internal ObjectCheck(ObjectStore objects, IEnumerable<IObjectReferrer> referrers) => (_objects, _referrers) = (objects, [.. referrers]);

    /// <summary>Writes one line for every use of an object that is missing, damaged or no document: what is wrong, the reference, who refers to it, separated by tabs; then a summary.</summary>
    /// <param name="quick">Only whether it is there; documents that name other objects are read all the same.</param>
    /// <returns>True when all is well.</returns>
    /// <exception cref="ObjectStoreUnavailableException">Nobody can tell: a store cannot be used.</exception>
    public async Task<bool> RunAsync(bool quick, TextWriter output, UpkeepProgress progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(progress);
        // Sixteen bytes each: a million objects fit into some tens of megabytes.
        var good = new HashSet<UInt128>();
        var bad = new Dictionary<UInt128, string>();
        var (uses, unread) = (0L, 0);
        foreach (var referrer in _referrers)
        await foreach (var use in referrer.ReadAsync(cancellationToken))
        {
            var key = BinaryPrimitives.ReadUInt128BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(use.Reference)));
            if (use.Unread is not null)
            {
                // What is missing or damaged was told when it was looked at itself.
                if (bad.TryAdd(key, "unreadable"))
                {
                    unread++;
                    await TellAsync("unreadable", use);
                }
                continue;
            }
            uses++;
            if (!good.Contains(key) && !bad.ContainsKey(key))
            {
                var (problem, bytes) = await LookAsync(use.Reference, quick, cancellationToken);
                if (problem is null) good.Add(key);
                else bad[key] = problem;
                progress.Add(bytes);
            }
            if (bad.TryGetValue(key, out var wrong)) await TellAsync(wrong, use);
        }
        progress.End();
        var (missing, damaged) = (bad.Values.Count(p => p == "missing"), bad.Values.Count(p => p == "damaged"));
        await output.WriteLineAsync(bad.Count == 0
            ? $"{good.Count} objects, to which {uses} places refer: all {(quick ? "there (content not checked)" : "there and whole")}."
            : $"{good.Count + bad.Count} objects, to which {uses} places refer: {missing} missing, {damaged} damaged, {unread} unreadable. Bring them back from a backup, the bucket's older versions, or the store they were copied from.");
        return bad.Count == 0;

        Task TellAsync(string problem, ObjectUse use) => output.WriteLineAsync($"{problem}\t{use.Reference}\t{use.Who}");
    }

    private async Task<(string? Problem, long Bytes)> LookAsync(string reference, bool quick, CancellationToken cancellationToken)
    {
        if (quick) return (await _objects.ExistsAsync(reference, cancellationToken) ? null : "missing", 0);
        try
        {
            await using var content = await _objects.OpenAsync(reference, cancellationToken);
            var (buffer, bytes) = (new byte[81920], 0L);
            while (await content.ReadAsync(buffer, cancellationToken) is > 0 and var read) bytes += read;
            return (null, bytes);
        }
        catch (ObjectMissingException)
        {
            return ("missing", 0);
        }
        catch (ObjectCorruptException)
        {
            return ("damaged", 0);
        }
    }
}
