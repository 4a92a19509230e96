using System.Reflection;

namespace OmniAudit.Tests.Architecture;

/// <summary>Which folder of a project may use which. A folder is the part of a namespace after the root's; the root's own types compose the rest and may use everything.</summary>
internal sealed class FolderRules(string root, IReadOnlyDictionary<string, string[]> mayUse)
{
    /// <summary>The folder of a type: empty for the root itself, null outside of it.</summary>
    public string? FolderOf(Type type) =>
        type.Namespace == root ? ""
        : type.Namespace?.StartsWith(root + ".", StringComparison.Ordinal) == true ? type.Namespace[(root.Length + 1)..].Split('.')[0]
        : null;

    public IEnumerable<string> FoldersIn(Assembly assembly) =>
        assembly.GetTypes().Select(FolderOf).OfType<string>().Where(f => f.Length > 0).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);

    public IReadOnlyList<string> FoldersWithoutARule(Assembly assembly) => [.. FoldersIn(assembly).Where(f => !mayUse.ContainsKey(f))];

    /// <summary>One line per use that no rule allows.</summary>
    public IReadOnlyList<string> Violations(Assembly assembly) =>
    [
        .. from type in assembly.GetTypes()
           let folder = FolderOf(type)
           where !string.IsNullOrEmpty(folder)
           from used in TypeReferences.Of(type)
           where used.Assembly == assembly && FolderOf(used) is { } other && other != folder && !mayUse.GetValueOrDefault(folder, []).Contains(other, StringComparer.Ordinal)
           orderby type.FullName, used.FullName
           select $"{type.FullName} uses {used.FullName}, and {folder} may not use {(FolderOf(used) is { Length: > 0 } name ? name : "the composition root")}",
    ];
}
