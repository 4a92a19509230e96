using System.Text.RegularExpressions;
using OmniAudit.Modules.ReleaseButler.Checksums;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.ReleaseButler.Publishing;

/// <summary>A file that was measured to be uploaded.</summary>
/// <param name="Field">The argument that named it, for errors: <c>assets[1]</c>.</param>
/// <param name="RealPath">Where it lies, links followed.</param>
/// <param name="Name">What the asset will be called.</param>
/// <param name="Sha256">Lower-case hex.</param>
internal sealed record MeasuredFile(string Field, string RealPath, string Name, long Size, string Sha256);

/// <summary>A file that may be uploaded to a release.</summary>
/// <param name="Path">As <c>create_release</c> takes it.</param>
public sealed record OfferedFile(string Path, long Size, DateTimeOffset ChangedAt);

/// <summary>The files that may become assets: those below RELEASE_ASSET_ROOTS.</summary>
internal sealed partial class ReleaseFiles(OmniAuditOptions options)
{
    /// <summary>GitHub takes files under 2 GiB.</summary>
    private const long LargestFile = (2L * 1024 * 1024 * 1024) - 1;

    public IReadOnlyList<string> Roots { get; } = options.ReleaseAssetRoots.Count == 0
        ? [options.InData("", "release-assets")]
        : [.. options.ReleaseAssetRoots.Select(r => options.InData(r, "release-assets"))];

    /// <summary>What may be chosen, newest first.</summary>
    public IReadOnlyList<OfferedFile> Offer(int most)
    {
        var found = ConfinedFiles.List(Roots, most);
        // A relative path means the first root that has it.
        return [.. found.Select(f => new OfferedFile(Roots.Count == 1 ? f.Path : Path.Combine(f.Root, f.Path), f.Size, f.ChangedAt))];
    }

    /// <summary>Finds and hashes every file.</summary>
    /// <exception cref="ToolRefusedException">One may not be uploaded; the field is named.</exception>
    public async Task<IReadOnlyList<MeasuredFile>> MeasureAsync(IReadOnlyList<string> paths, CancellationToken cancellationToken)
    {
        var measured = new List<MeasuredFile>();
        for (var i = 0; i < paths.Count; i++)
        {
            var field = $"assets[{i}]";
            try
            {
                var real = ConfinedFiles.Resolve(Roots, paths[i]);
                var name = Path.GetFileName(paths[i]);
                if (!PlainName().IsMatch(name)) throw new ConfinedFileException("ends in a name that GitHub would change: letters, digits and . _ - + only, with no dot at either end; rename the file");
                if (measured.Exists(m => m.Name.Equals(name, StringComparison.OrdinalIgnoreCase))) throw new ConfinedFileException($"has the same file name as {measured.Find(m => m.Name.Equals(name, StringComparison.OrdinalIgnoreCase))!.Field}; a release has each name once");
                await using var file = ConfinedFiles.Open(Roots, real);
                if (file.Length > LargestFile) throw new ConfinedFileException("names a file of 2 GiB or more, which GitHub does not take");
                var (sha256, size) = await StreamHash.Sha256Async(file, cancellationToken);
                measured.Add(new MeasuredFile(field, real, name, size, sha256));
            }
            catch (ConfinedFileException refused)
            {
                throw new ToolRefusedException("asset_refused", $"{field}: the path {refused.Message}.", field);
            }
            catch (IOException broken)
            {
                throw new ToolRefusedException("asset_refused", $"{field}: the file cannot be read ({Durable.Explain(broken)})", field);
            }
        }
        return measured;
    }

    /// <exception cref="ConfinedFileException">It may no longer be read.</exception>
    public Stream Open(MeasuredFile file) => ConfinedFiles.Open(Roots, file.RealPath);

    /// <summary>What GitHub leaves as it is.</summary>
    [GeneratedRegex(@"\A[A-Za-z0-9_+-](?:[A-Za-z0-9._+-]{0,198}[A-Za-z0-9_+-])?\z", RegexOptions.NonBacktracking)]
    private static partial Regex PlainName();
}
