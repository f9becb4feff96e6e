using FastRing.Console;
using FastRing.Host.Management.Contract;
using FastRing.Host.Metrics;
using FastRing.Host.Sandbox;
using FastRing.Host.Serving;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace FastRing.Host.Management;

/// <summary>
/// Reads the configuration file again and makes the daemon what it says: the file is right, also where the API said otherwise since. A file with a mistake
/// changes nothing. Ports that stay the same are not touched.
/// </summary>
/// <param name="file">The file.</param>
/// <param name="api">What holds for the API's socket, which can't be moved.</param>
/// <param name="sandbox">What the file said of the sandbox, which can't be changed; null: nothing.</param>
/// <param name="metrics">What the file said of metrics, which can't be changed either; null: nothing.</param>
/// <param name="guests">The guests.</param>
/// <param name="access">Who may do what; changes with the file.</param>
/// <param name="events">Told of what changed.</param>
/// <param name="logger">Where mistakes go.</param>
internal sealed class Reload(string file, ApiConfig? api, SandboxConfig? sandbox, MetricsConfig? metrics, ServedGuests guests, ApiAccess? access, EventFeed? events, ILogger logger)
{
    /// <summary>Reads it and does it. Any thread.</summary>
    /// <exception cref="UsageException">The file says something impossible; nothing was changed.</exception>
    /// <exception cref="ProblemException">Something can't be had; all else was done.</exception>
    public Task<ReloadResult> RunAsync() => RunAsync(() => ConfigFile.Load(file, new FixedConfig(api, sandbox, metrics).Problems));

    /// <summary>By signal: there is nobody to tell but the log.</summary>
    public Task RunLoggedAsync() => RunLoggedAsync(() => RunAsync());

    /// <summary>The same with what another process has read and checked.</summary>
    public Task RunLoggedAsync(ConfigFile wanted) => RunLoggedAsync(() => RunAsync(() => wanted));

    private async Task<ReloadResult> RunAsync(Func<ConfigFile> read)
    {
        await guests.Changes.WaitAsync();
        try
        {
            ConfigFile wanted = read();
            access?.Change(wanted.Api ?? new ApiConfig());
            return await ApplyAsync(new ReloadPlan(guests.Guests, wanted.Guests), wanted);
        }
        catch (UsageException e)
        {
            Array.ForEach(e.Message.Split('\n'), logger.LogNotReloaded);
            throw;
        }
        finally
        {
            guests.TellChanged();
            guests.Changes.Release();
        }
    }

    private async Task RunLoggedAsync(Func<Task> run)
    {
        try
        {
            await run();
        }
        catch (Exception e) when (e is UsageException or ProblemException or ObjectDisposedException)
        {
            // Logged where it happened; or the daemon ends.
        }
        catch (Exception e)
        {
            logger.LogReloadFault(e);
        }
    }

    private async Task<ReloadResult> ApplyAsync(ReloadPlan plan, ConfigFile wanted)
    {
        var failed = new List<string>();
        foreach (ServedGuest guest in plan.ClosedGuests)
        {
            await guests.RemoveAsync(guest);
        }

        foreach ((ServedGuest guest, ServedPort port) in plan.ClosedPorts)
        {
            await guest.RemovePortAsync(port);
        }

        foreach ((ServedGuest guest, ServedPort port, LimitsConfig? limits) in plan.Limits)
        {
            await guest.SetLimitsAsync(port, limits);
        }

        foreach ((ServedPort port, ConsoleSize size) in plan.Sizes)
        {
            await port.Port.ResizeAsync(size);
        }

        foreach (OpenedPort port in plan.OpenedPorts)
        {
            await OpenAsync(port, plan, wanted, failed);
        }

        foreach (GuestConfig guest in plan.OpenedGuests)
        {
            await OpenAsync(guest, plan, wanted, failed);
        }

        return Tell(plan, failed);
    }

    /// <summary>A port that can't be had as it is wanted stays as it was, if what it had is still to be had.</summary>
    private async Task OpenAsync(OpenedPort port, ReloadPlan plan, ConfigFile wanted, List<string> failed)
    {
        string guest = port.Guest.Config.DisplayName;
        string place = $"{ConfigCheck.PlaceOf(wanted.Guests, guest)}.{GuestCheck.PlaceOf(wanted.Guests.First(g => g.DisplayName == guest), port.Config.Name)}";
        if (await WhyNotAsync(() => port.Guest.AddPortAsync(port.Config)) is not { } why)
        {
            return;
        }

        UsageException? lost = port.Before is null ? null
            : await WhyNotAsync(() => port.Guest.AddPortAsync(port.Before)) is null ? null
            : await WhyNotAsync(() => port.Guest.AddPortAsync(port.Before with { Id = null })); // Another may have its number by now.
        Fail(ReloadPlan.Name(port.Guest, port.Config.Name), Located(why.Within(place), wanted), lost, plan, failed);
    }

    /// <summary>So does a guest.</summary>
    private async Task OpenAsync(GuestConfig guest, ReloadPlan plan, ConfigFile wanted, List<string> failed)
    {
        if (await WhyNotAsync(() => guests.AddAsync(guest)) is not { } why)
        {
            return;
        }

        ServedGuest? before = plan.ClosedGuests.FirstOrDefault(g => g.Config.DisplayName == guest.DisplayName);
        UsageException? lost = before is null ? null : await WhyNotAsync(() => guests.AddAsync(before.CurrentConfig));
        Fail(guest.DisplayName, Located(why.Within(ConfigCheck.PlaceOf(wanted.Guests, guest.DisplayName)), wanted), lost, plan, failed);
    }

    private static UsageException Located(UsageException why, ConfigFile wanted) => wanted.Source?.Located(why) ?? why;

    private void Fail(string name, UsageException why, UsageException? lost, ReloadPlan plan, List<string> failed)
    {
        failed.Add(lost is null ? why.Message : $"{why.Message}; nor is {name} left as it was: {lost.Message}");
        plan.Withdraw(name, isGone: lost is not null);
        logger.LogReloadedWithout(failed[^1]);
    }

    /// <summary>What can't be had is missing afterwards; that is no reason to do without all else.</summary>
    /// <returns>Null: it is open.</returns>
    private static async Task<UsageException?> WhyNotAsync(Func<Task> open)
    {
        try
        {
            await open();
            return null;
        }
        catch (Exception e) when (e is UsageException or IOException or ArgumentException or InvalidOperationException)
        {
            return e as UsageException ?? new UsageException(UsageException.Plain(e));
        }
    }

    private ReloadResult Tell(ReloadPlan plan, List<string> failed)
    {
        ReloadResult result = plan.Result;
        logger.LogReloaded(file, result.Added.Count, result.Removed.Count, result.Changed.Count, result.Unchanged);
        foreach (string guest in plan.Touched)
        {
            events?.Tell(guest, "reloaded");
        }

        return failed.Count == 0
            ? result
            : throw new ProblemException(StatusCodes.Status409Conflict, $"reloaded, without what can't be had: {string.Join("; ", failed)}");
    }
}
