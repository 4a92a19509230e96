using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using OmniAudit.Modules.AdminOps.Events;
using OmniAudit.Modules.AdminOps.Store;

namespace OmniAudit.Modules.AdminOps.Normalising;

/// <summary>What a source's reader found in a record, before bounds, times and ids are put right for all alike.</summary>
internal sealed class RecordDraft
{
    public string? Tenant { get; set; }
    public string? SourceId { get; set; }
    public string? Time { get; set; }
    public string? Service { get; set; }
    public int? RecordType { get; set; }
    public string? Category { get; set; }
    public string? Operation { get; set; }
    public EventOutcome Outcome { get; set; }
    public string? ResultRaw { get; set; }
    public string? ResultCode { get; set; }
    public string ActorKind { get; set; } = ActorKinds.System;
    public string? ActorId { get; set; }
    public string? ActorUpn { get; set; }
    public string? ActorDisplay { get; set; }
    /// <summary>As written; see <see cref="RecordAddress"/>.</summary>
    public string? Address { get; set; }
    public string? UserAgent { get; set; }
    public List<EventTarget> Targets { get; } = [];
    public List<EventChange> Changes { get; } = [];
    public string? CorrelationId { get; set; }
    public string? ClientApp { get; set; }
    public string? Geo { get; set; }
    public string? Severity { get; set; }
    /// <summary>The sentence without its end; null for the usual one.</summary>
    public string? Summary { get; set; }
    /// <summary>Entries of lists that were left out.</summary>
    public int LeftOut { get; set; }

    /// <summary>At most so many of each are kept apart from the record.</summary>
    public const int MostTargets = 50;
    /// <inheritdoc cref="MostTargets"/>
    public const int MostChanges = 100;
    /// <summary>A value's most characters, longer than other fields': a policy before and after is what people look for. All values together: <see cref="AllChanges"/>.</summary>
    private const int ChangeValue = 2000;
    private const int AllChanges = 60_000;

    private int _cut;

    public void Target(string? id, string? type, string? display, string? upn)
    {
        if (id is null && display is null && upn is null) return;
        if (Targets.Count < MostTargets) Targets.Add(new EventTarget(id, type, display, upn));
        else LeftOut++;
    }

    public void Change(string? property, string? before, string? after)
    {
        if (property is null && before is null && after is null) return;
        if (Changes.Count < MostChanges) Changes.Add(new EventChange(property ?? "", before, after));
        else LeftOut++;
    }

    /// <param name="repaired">The record's text had to be repaired.</param>
    public AuditEvent Finish(string source, ReadOnlyMemory<byte> raw, string tenant, DateTimeOffset now, bool repaired)
    {
        List<string> doubts = [];
        var time = RecordTime.Parse(Time, now, doubts);
        if (repaired) doubts.Add("The record holds text that is no valid UTF-8 or Unicode; in the fields it is replaced by U+FFFD.");
        var id = SourceId;
        if (id is null)
        {
            id = Convert.ToHexStringLower(SHA256.HashData(raw.Span));
            doubts.Add("The record has no id; it is known by its SHA-256.");
        }
        else if (id.Length > EventBounds.Id)
        {
            id = $"{id[..200]}~{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(id)))}";
            _cut++;
        }
        if (Operation is null) doubts.Add("The record names no operation.");
        var address = RecordAddress.Parse(Address);
        if (address is null && Address is not null && !Address.Equals("null", StringComparison.OrdinalIgnoreCase) && !Address.Contains("null", StringComparison.OrdinalIgnoreCase)) doubts.Add($"'{Cut(Address, 100)}' is no address.");
        var actor = new EventActor(ActorKind, Bound(ActorId, EventBounds.Id), Bound(ActorUpn, EventBounds.Id), Bound(ActorDisplay, EventBounds.Id), address?.Address, address?.Port, Bound(UserAgent, EventBounds.Text));
        var targets = Targets.ConvertAll(t => new EventTarget(Bound(t.Id, EventBounds.Text), Bound(t.Type, EventBounds.Name), Bound(t.Display, EventBounds.Text), Bound(t.Upn, EventBounds.Id)));
        var changes = BoundChanges();
        var service = Bound(Service, EventBounds.Name) ?? "Unknown";
        var operation = Bound(Operation, EventBounds.Text) ?? "Unknown";
        var code = Bound(ResultCode, EventBounds.Text);
        var result = new AuditEvent(
            Cut((Tenant ?? tenant).Trim().ToLowerInvariant(), 64), source, Clean(id), time, service, RecordType, Bound(Category, EventBounds.Name), operation, Outcome,
            Bound(ResultRaw, EventBounds.Name), code, actor, targets, changes, Bound(CorrelationId, EventBounds.Id), Bound(ClientApp, EventBounds.Text), Bound(Geo, EventBounds.Name),
            Cut(Sentence(actor, operation, targets, code), EventBounds.Text), Bound(Severity, EventBounds.Name)?.ToLowerInvariant(), doubts);
        if (_cut > 0) doubts.Add(string.Create(CultureInfo.InvariantCulture, $"{_cut} long field{(_cut == 1 ? " is" : "s are")} cut here; the record is whole."));
        if (LeftOut > 0) doubts.Add(string.Create(CultureInfo.InvariantCulture, $"{LeftOut} further target{(LeftOut == 1 ? "" : "s")} or changes are in the record only."));
        return result;
    }

    private List<EventChange> BoundChanges()
    {
        var room = AllChanges;
        return Changes.ConvertAll(c =>
        {
            var change = new EventChange(Bound(c.Property, EventBounds.Name) ?? "", Bound(c.Old, Math.Min(ChangeValue, Math.Max(EventBounds.Name, room))), Bound(c.New, Math.Min(ChangeValue, Math.Max(EventBounds.Name, room))));
            room -= (change.Old?.Length ?? 0) + (change.New?.Length ?? 0);
            return change;
        });
    }

    private string Sentence(EventActor actor, string operation, List<EventTarget> targets, string? code)
    {
        var text = new StringBuilder(Summary ?? $"{(actor.Name.Length > 0 ? actor.Name : "Somebody")}: {operation.Trim().TrimEnd('.')}");
        if (Summary is null && targets.Count > 0)
        {
            var named = targets.Take(2).Select(t => t.Name).Where(n => n.Length > 0).ToList();
            if (named.Count > 0) text.Append(", on ").AppendJoin(" and ", named.Select(n => Cut(n, 120)));
            if (targets.Count + LeftOut > 2) text.Append(CultureInfo.InvariantCulture, $" and {targets.Count + LeftOut - 2} more");
        }
        text.Append(Outcome switch
        {
            EventOutcome.Success => Summary is null ? "; succeeded" : "",
            EventOutcome.Failure => code is null ? "; failed" : $"; failed: {Cut(code, 200).TrimEnd('.')}",
            EventOutcome.Partial => code is null ? "; done in part" : $"; done in part: {Cut(code, 200).TrimEnd('.')}",
            _ => "",
        });
        return text.Append('.').ToString();
    }

    private string? Bound(string? text, int most)
    {
        if (text is null) return null;
        if (text.Length > most)
        {
            _cut++;
            text = Cut(text, most);
        }
        return Clean(text);
    }

    /// <summary>Some databases end a text at its first NUL.</summary>
    private static string Clean(string text) => text.Contains('\0', StringComparison.Ordinal) ? text.Replace('\0', '\uFFFD') : text;

    private static string Cut(string text, int most) => text.Length <= most ? text : text[..(char.IsHighSurrogate(text[most - 1]) ? most - 1 : most)];
}
