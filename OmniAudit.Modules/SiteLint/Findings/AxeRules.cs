using Deque.AxeCore.Commons;
using static OmniAudit.Modules.SiteLint.Findings.Audits.Text;

namespace OmniAudit.Modules.SiteLint.Findings;

/// <summary>axe-core's violations as sightings, one per element. What axe could not decide ("incomplete") is for people and is no finding.</summary>
internal static class AxeRules
{
    private const int NodesPerRule = 100;

    public static IEnumerable<Sighting> Violations(AxeResult result) =>
        from rule in result.Violations
        from node in rule.Nodes.Take(NodesPerRule)
        select new Sighting(
            "axe/" + Cut(rule.Id, 80), Severity(node.Impact ?? rule.Impact), FindingCategory.Accessibility, Cut(rule.Help, 300), 0.95,
            Fix(rule, node), Cut(node.Target?.ToString() ?? "", 500), Cut(node.Html ?? "", 300));

    private static string Severity(string? impact) => impact switch { "critical" => "s1", "serious" => "s2", "moderate" => "s3", _ => "s4" };

    private static string Fix(AxeResultItem rule, AxeResultNode node)
    {
        var must = (node.All ?? []).Concat(node.None ?? []).Select(c => c.Message).ToList();
        var any = (node.Any ?? []).Select(c => c.Message).ToList();
        var parts = new List<string>();
        if (must.Count > 0) parts.Add("Fix all of these: " + string.Join("; ", must) + ".");
        if (any.Count > 0) parts.Add((any.Count == 1 ? "Fix this: " : "Fix one of these: ") + string.Join("; ", any) + ".");
        parts.Add(rule.HelpUrl);
        return Cut(string.Join(' ', parts), 900);
    }
}
