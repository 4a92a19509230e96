using System.Reflection;

namespace OmniAudit.Modules.AdminOps.Rules;

/// <summary>The rules that come with the product: ours, as Sigma, in the folder <c>Starter</c>.</summary>
internal static class StarterRules
{
    private const string Prefix = "starter-rules/";

    /// <summary>By file name.</summary>
    public static IReadOnlyList<(string File, string Sigma)> All { get; } =
        [.. from name in typeof(StarterRules).Assembly.GetManifestResourceNames() where name.StartsWith(Prefix, StringComparison.Ordinal) orderby name select (name[Prefix.Length..], Text(name))];

    private static string Text(string name)
    {
        using var reader = new StreamReader(Assembly.GetExecutingAssembly().GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }
}
