namespace OmniAudit.Modules.SiteLint.Fence;

/// <summary>One hop that the browser asked for, and what became of it.</summary>
/// <param name="Via"><c>http</c>, <c>connect</c>, <c>malformed</c>, or <c>any</c> when a limit was hit.</param>
/// <param name="Address">The address that was dialled; empty when none was.</param>
/// <param name="Code"><c>allowed</c>, <c>unreachable</c>, <c>over_limit</c>, or the policy's code.</param>
/// <param name="Reason">For people; empty when allowed.</param>
public sealed record FenceHop(DateTimeOffset At, string Via, string Host, int Port, string Address, bool Allowed, string Code, string Reason);

/// <summary>Every hop of one job, up to a bound; beyond it only counted. Safe to use from many connections at once.</summary>
internal sealed class FenceLedger(int capacity)
{
    private readonly Lock _gate = new();
    private readonly List<FenceHop> _hops = [];
    private readonly Dictionary<(string Host, int Port), FenceHop> _refusals = [];
    private readonly List<string> _trips = [];
    private int _allowed;
    private int _denied;
    private int _unlisted;

    public void Add(FenceHop hop)
    {
        lock (_gate)
        {
            if (hop.Allowed) _allowed++;
            else _denied++;
            if (hop.Code == "over_limit" && _trips.Count < 20 && !_trips.Contains(hop.Reason)) _trips.Add(hop.Reason);
            if (!hop.Allowed && _refusals.Count < capacity) _refusals[(hop.Host, hop.Port)] = hop;
            if (_hops.Count < capacity) _hops.Add(hop);
            else _unlisted++;
        }
    }

    /// <summary>The latest refusal or failure of a host and port, to explain a page that did not load.</summary>
    public FenceHop? LastRefusal(string host, int port)
    {
        lock (_gate) return _refusals.GetValueOrDefault((host, port));
    }

    public IReadOnlyList<string> TakeTrips()
    {
        lock (_gate)
        {
            List<string> trips = [.. _trips];
            _trips.Clear();
            return trips;
        }
    }

    public (IReadOnlyList<FenceHop> Hops, int Allowed, int Denied, int Unlisted) Snapshot()
    {
        lock (_gate) return ([.. _hops], _allowed, _denied, _unlisted);
    }
}
