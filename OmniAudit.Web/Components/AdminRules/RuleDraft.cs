using System.Globalization;
using OmniAudit.Modules.AdminOps.Rules;
using OmniAudit.Modules.AdminOps.Store;

namespace OmniAudit.Web.Components.AdminRules;

/// <summary>A rule while it is edited.</summary>
public sealed class RuleDraft
{
    public string Name { get; set; } = "";
    public string Description { get; set; } = "";
    public string Severity { get; set; } = "s3";
    public bool Enabled { get; set; }
    public bool IsSigma { get; set; }
    public string Sigma { get; set; } = "";
    public List<ConditionDraft> Conditions { get; } = [];
    public bool Counts { get; set; }
    public int Count { get; set; } = 5;
    public int Minutes { get; set; } = 10;
    public string Distinct { get; set; } = "";
    public string GroupBy { get; set; } = "actor";
    public int GroupMinutes { get; set; } = 60;
    public List<ExclusionDraft> Exclusions { get; } = [];

    public static RuleDraft New(bool sigma)
    {
        var draft = new RuleDraft { IsSigma = sigma, Severity = sigma ? "" : "s3", GroupBy = sigma ? "" : "actor" };
        if (!sigma) draft.Conditions.Add(new ConditionDraft());
        return draft;
    }

    public static RuleDraft Of(EventRuleRequest request)
    {
        var draft = new RuleDraft
        {
            Name = request.Name, Description = request.Description, Severity = request.Severity, Enabled = request.Enabled, IsSigma = request.Sigma is not null, Sigma = request.Sigma ?? "", Counts = request.Threshold is not null,
            Count = request.Threshold?.Count ?? 5, Minutes = request.Threshold?.Minutes ?? 10, Distinct = request.Threshold?.DistinctField ?? "", GroupBy = string.Join(", ", request.GroupBy), GroupMinutes = request.GroupMinutes,
        };
        draft.Conditions.AddRange(request.Conditions.Select(ConditionDraft.Of));
        draft.Exclusions.AddRange(request.Exclusions.Select(e => new ExclusionDraft { Why = e.Why, Condition = ConditionDraft.Of(e.Conditions[0]), Others = [.. e.Conditions.Skip(1)] }));
        return draft;
    }

    /// <summary>A rule for events like this one.</summary>
    public static RuleDraft Of(StoredEvent stored)
    {
        var e = stored.Event;
        var draft = new RuleDraft { Name = $"{e.OperationNorm} by {e.Actor.Name}" };
        if (draft.Name.Length > 200) draft.Name = draft.Name[..200];
        draft.Conditions.Add(new ConditionDraft { Field = "operation", Values = e.OperationNorm });
        draft.Conditions.Add(new ConditionDraft { Field = "service", Values = e.Service });
        if (e.Actor.Key.Length > 0) draft.Conditions.Add(new ConditionDraft { Field = "actor", Values = e.Actor.Upn ?? e.Actor.Id ?? e.Actor.Display ?? "" });
        return draft;
    }

    public EventRuleRequest ToRequest() => new()
    {
        Name = Name.Trim(), Description = Description.Trim(), Severity = Severity, Enabled = Enabled, Sigma = IsSigma ? Sigma : null, Conditions = IsSigma ? [] : [.. Conditions.Select(c => c.ToCondition())],
        Threshold = Counts ? new RuleThreshold(Count, Minutes, Distinct.Trim() is { Length: > 0 } field ? field : null) : null, GroupBy = Split(GroupBy), GroupMinutes = GroupMinutes,
        Exclusions = [.. Exclusions.Select(e => new RuleExclusion(e.Why, [e.Condition.ToCondition(), .. e.Others]))],
    };

    private static string[] Split(string text) => text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}

/// <summary>A condition while it is edited.</summary>
public sealed class ConditionDraft
{
    public string Field { get; set; } = "operation";
    public string Op { get; set; } = "is";
    /// <summary>One a line.</summary>
    public string Values { get; set; } = "";

    public bool NeedsValues => Op is not ("there" or "not_there");

    public static ConditionDraft Of(RuleCondition condition) => new() { Field = condition.Field, Op = condition.Op, Values = string.Join('\n', condition.Values) };

    public RuleCondition ToCondition() => new(Field.Trim(), Op, NeedsValues ? Values.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) : []);
}

/// <summary>An exclusion while it is edited: one condition here; more that it has are kept.</summary>
public sealed class ExclusionDraft
{
    public string Why { get; set; } = "";
    public ConditionDraft Condition { get; set; } = new() { Field = "actor" };
    public List<RuleCondition> Others { get; init; } = [];
}

/// <summary>Numbers and links of rules and alerts.</summary>
internal static class RuleText
{
    public static string N(long number) => number.ToString("N0", CultureInfo.InvariantCulture);
    public static string Plain(double number) => number.ToString("0.###", CultureInfo.InvariantCulture);
    public static string Rule(string ruleId) => $"/adminops/rules?edit={Uri.EscapeDataString(ruleId)}";
    public static string Alert(string alertId) => $"/adminops/alerts/{Uri.EscapeDataString(alertId)}";
    public static string Event(string eventId) => $"/adminops/events/{Uri.EscapeDataString(eventId)}";
}
