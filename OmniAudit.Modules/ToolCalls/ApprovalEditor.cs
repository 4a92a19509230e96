using System.Text.Json;
using OmniAudit.Modules.Approvals;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.ToolCalls;

/// <summary>
/// Changes what a waiting request would run, before it is decided. The new payload goes through the same checks as a call;
/// approvals of the earlier one do not count for it, and the earlier one can never run.
/// </summary>
public sealed class ApprovalEditor
{
    private const string Doing = "Editing requests";

    private readonly ApprovalDesk _desk;
    private readonly ApprovalStore _store;
    private readonly ApprovalRules _rules;
    private readonly ApprovalLedger _ledger;
    private readonly ToolCatalog _catalog;
    private readonly PolicyGate _policy;
    private readonly IServiceProvider _services;
    private readonly TimeProvider _time;

    internal ApprovalEditor(ApprovalDesk desk, ApprovalStore store, ApprovalRules rules, ApprovalLedger ledger, ToolCatalog catalog, PolicyGate policy, IServiceProvider services, TimeProvider time) =>
        (_desk, _store, _rules, _ledger, _catalog, _policy, _services, _time) = (desk, store, rules, ledger, catalog, policy, services, time);

    /// <summary>Replaces the arguments.</summary>
    /// <param name="shown">The request and the payload that the person changed.</param>
    /// <param name="arguments">All arguments, by the tool's schema.</param>
    /// <exception cref="UnauthorizedAccessException">The actor is not a person.</exception>
    public async Task<DecisionResult> EditAsync(string toolName, ShownRequest shown, JsonElement arguments, Actor person, CancellationToken cancellationToken)
    {
        ApprovalDesk.RequirePerson(person);
        if (_catalog.Find(toolName) is not { Risk: ToolRisk.Write } tool) return new DecisionResult(false, ApprovalState.Pending, $"The tool {toolName} no longer exists.");
        // Before the tool looks, which may ask other systems; and again where it is changed.
        if (await _desk.WhyNotAsync(person, Role.Approver, Doing, cancellationToken) is { } refusal) return new DecisionResult(false, ApprovalState.Pending, refusal);
        try
        {
            var (own, _, _) = ToolArguments.Split(tool, arguments);
            var errors = SchemaValidator.Validate(tool.ArgumentsSchema, own);
            if (errors.Count > 0) return new DecisionResult(false, ApprovalState.Pending, "Nothing was changed.", Errors: errors);
            if (await _policy.CheckAsync(tool, tool.Parse(own), cancellationToken) is { } denied) return new DecisionResult(false, ApprovalState.Pending, "Nothing was changed.", Errors: [denied]);
            var (input, payload) = await PreparedWrite.OfAsync(tool, own, _services, cancellationToken);
            var facts = FactList.ToJson(await tool.CheckAsync(_services, input, cancellationToken));
            return await _desk.ActAsync([shown.ApprovalId], db => EditAsync(db, tool, input, payload, facts, shown, person, cancellationToken), cancellationToken);
        }
        catch (ToolRefusedException refused)
        {
            return new DecisionResult(false, ApprovalState.Pending, $"Nothing was changed. {refused.Message}", Errors: refused.Field is { } field ? [new FieldError(field, refused.Message)] : []);
        }
    }

    private async Task<DecisionResult> EditAsync(
        OmniAuditDb db, CatalogTool tool, object input, byte[] payload, string facts, ShownRequest shown, Actor person, CancellationToken cancellationToken)
    {
        if (await _store.FindAsync(db, shown.ApprovalId, cancellationToken) is not { } approval) return ApprovalDesk.Gone(shown.ApprovalId);
        if (approval.State != ApprovalState.Pending || approval.Tool != tool.Name) return ApprovalDesk.Late(approval);
        if (await OperatorDirectory.WhyNotAsync(db, person, Role.Approver, Doing, cancellationToken) is { } refused) return new DecisionResult(false, approval.State, refused);
        if (approval.ExpiresAt <= _time.GetUtcNow())
        {
            await _ledger.ExpireAsync(db, approval, cancellationToken);
            return new DecisionResult(false, ApprovalState.Expired, "This request has expired; nothing was changed. The agent can ask again.");
        }
        if (approval.RequesterSubject == person.Subject) return new DecisionResult(false, approval.State, "You asked for this yourself: withdraw it and ask anew.");
        if (approval.PayloadSha256 != shown.PayloadSha256) return new DecisionResult(false, approval.State, "Somebody changed this request while you were editing. Reload it; nothing of yours was kept.");
        var digest = CanonicalJson.Sha256Hex(payload);
        if (digest == approval.PayloadSha256) return new DecisionResult(false, approval.State, "Nothing is different from what was asked for.");

        var now = _time.GetUtcNow();
        if (approval.PayloadVersion == 1)
            db.Add(new ApprovalPayloadRow { ApprovalId = approval.ApprovalId, Number = 1, Payload = approval.Payload, Sha256 = approval.PayloadSha256, BySubject = approval.RequesterSubject, ByName = approval.RequesterName, At = approval.CreatedAt });
        approval.PayloadVersion++;
        db.Add(new ApprovalPayloadRow { ApprovalId = approval.ApprovalId, Number = approval.PayloadVersion, Payload = payload, Sha256 = digest, BySubject = person.Subject, ByName = person.Name, At = now });
        (approval.Payload, approval.PayloadSha256, approval.Facts, approval.EditedByName) = (payload, digest, facts, person.Name);
        (approval.Target, approval.Intent) = (PolicyGate.TargetOf(tool, input), tool.Intent(input));
        // Another target may stand under another rule.
        var rule = await _rules.InForceAsync(db, approval.Tool, approval.Target, approval.RequesterName, cancellationToken);
        (approval.Policy, approval.PolicySha256) = (rule.ToJson(), rule.Sha256);
        await _ledger.EditAsync(db, approval, person, cancellationToken);
        return new DecisionResult(true, approval.State, $"Changed: this is version {approval.PayloadVersion} now. It still needs a decision.");
    }
}
