using System.Text.Json;
using OmniAudit.Modules.Approvals;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.ToolCalls;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Web.Components.Controls;

/// <summary>What the person at a card can do with its request. Each asks anew who the person is, and reads the request again afterwards.</summary>
/// <param name="Decide">Takes the decision, the reason and the digest that was shown.</param>
/// <param name="Edit">Takes all arguments and the digest of those that were changed.</param>
/// <param name="Withdraw">Takes the reason.</param>
/// <param name="Settle">Takes whether it happened, and what was seen.</param>
/// <param name="MakeRule">Gives the rule, or what is wrong.</param>
public sealed record ApprovalActs(
    Func<Decision, string, string, Task<DecisionResult>> Decide, Func<JsonElement, string, Task<DecisionResult>> Edit, Func<string, Task<DecisionResult>> Withdraw,
    Func<bool, string, Task<DecisionResult>> Settle, Func<Task<DecisionResult>> LookAgain, Func<StandingRuleRequest, Task<(StandingRule? Rule, string Error)>> MakeRule);

/// <summary>How many of the approvals that a request needs it has, and what one person's would do.</summary>
/// <param name="Completes">This person's approval would be the last one that is needed.</param>
/// <param name="MayCount">This person is in one of the groups that are asked.</param>
/// <param name="HasApproved">This person has approved what would run.</param>
public sealed record ApprovalProgress(int Filled, int Needed, bool Completes, bool MayCount, bool HasApproved)
{
    /// <summary>What this person may do.</summary>
    public Role Role { get; init; } = Role.Approver;

    /// <param name="people">Every operator: who may still sign in, and in which groups.</param>
    public static ApprovalProgress Of(FrozenRule rule, IReadOnlyList<ApprovalVote> votes, IReadOnlyList<OperatorInfo> people, Actor? person)
    {
        var voices = votes.Select(v => Groups(people, v)).OfType<string[]>().ToList<IReadOnlyCollection<string>>();
        var self = people.FirstOrDefault(p => p.Actor.Subject == person?.Subject);
        var own = GroupsOf(self);
        var (filled, needed) = rule.Require.Progress(voices);
        return new ApprovalProgress(filled, needed, rule.Require.IsMetBy([.. voices, own]), rule.Require.CanCount(own), votes.Any(v => v.Subject == person?.Subject)) { Role = self?.Role ?? Role.Approver };
    }

    /// <summary>Null for one whose approval does not count any more.</summary>
    private static string[]? Groups(IReadOnlyList<OperatorInfo> people, ApprovalVote vote)
    {
        var voter = people.FirstOrDefault(p => p.Actor.Subject == vote.Subject);
        return voter is null or { DisabledAt: null, Role: >= Role.Approver } ? GroupsOf(voter) : null;
    }

    private static string[] GroupsOf(OperatorInfo? person) => person?.Groups.Split(',', StringSplitOptions.RemoveEmptyEntries) ?? [];
}
