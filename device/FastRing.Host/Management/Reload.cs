using FastRing.Console;
using FastRing.Host.Management.Contract;
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
/// <param name="guests">The guests.</param>
/// <param name="access">Who may do what; changes with the file.</param>
/// <param name="events">Told of what changed.</param>
/// <param name="logger">Where mistakes go.</param>
internal sealed class Reload(string file, ApiConfig? api, ServedGuests guests, ApiAccess? access, EventFeed? events, ILogger logger)
{
    /// <summary>Reads it and does it. Any thread.</summary>
    /// <exception cref="UsageException">The file says something impossible; nothing was changed.</exception>
    /// <exception cref="ProblemException">Something can't be had; all else was done.</exception>
    public async Task<ReloadResult> RunAsync()
    {
        await guests.Changes.WaitAsync();
        try
        {
            ConfigFile wanted = ConfigFile.Load(file, WhatStays);
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
            guests.Changes.Release();
        }
    }

    /// <summary>By signal: there is nobody to tell but the log.</summary>
    public async Task RunLoggedAsync()
    {
        try
        {
            await RunAsync();
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

    private IEnumerable<ConfigProblem> WhatStays(ConfigFile wanted)
    {
        if (wanted.Api?.SocketPath is { } path && path != api?.SocketPath)
        {
            yield return new ConfigProblem("api.socketPath", $"the API's socket can't be moved to {path} while the daemon runs");
        }

        if (wanted.Api is { } other && other.Mode != (api?.Mode ?? ApiConfig.DefaultMode))
        {
            yield return new ConfigProblem("api.mode", "the mode of the API's socket can't be changed while the daemon runs");
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

    /// <summary>A port that can't be had as it is wanted stays as it was.</summary>
    private async Task OpenAsync(OpenedPort port, ReloadPlan plan, ConfigFile wanted, List<string> failed)
    {
        string name = port.Guest.Config.DisplayName;
        GuestConfig guest = wanted.Guests.First(g => g.DisplayName == name);
        string place = $"{ConfigCheck.PlaceOf(wanted.Guests, name)}.{GuestCheck.PlaceOf(guest, port.Config.Name)}";
        if (!await TryAsync(() => port.Guest.AddPortAsync(port.Config), wanted, place, failed))
        {
            plan.Withdraw(ReloadPlan.Name(port.Guest, port.Config.Name));
            _ = port.Before is null || await TryAsync(() => port.Guest.AddPortAsync(port.Before), wanted, place, failed);
        }
    }

    /// <summary>So does a guest.</summary>
    private async Task OpenAsync(GuestConfig guest, ReloadPlan plan, ConfigFile wanted, List<string> failed)
    {
        string place = ConfigCheck.PlaceOf(wanted.Guests, guest.DisplayName);
        if (!await TryAsync(() => guests.AddAsync(guest), wanted, place, failed))
        {
            plan.Withdraw(guest.DisplayName);
            ServedGuest? before = plan.ClosedGuests.FirstOrDefault(g => g.Config.DisplayName == guest.DisplayName);
            _ = before is null || await TryAsync(() => guests.AddAsync(before.CurrentConfig), wanted, place, failed);
        }
    }

    /// <summary>What can't be had is missing afterwards; that is no reason to do without all else.</summary>
    private async Task<bool> TryAsync(Func<Task> open, ConfigFile wanted, string place, List<string> failed)
    {
        try
        {
            await open();
            return true;
        }
        catch (Exception e) when (e is UsageException or IOException or ArgumentException or InvalidOperationException)
        {
            UsageException usage = e as UsageException ?? new UsageException(UsageException.Plain(e));
            failed.Add(wanted.Source!.Located(usage.Within(place)).Message);
            logger.LogReloadedWithout(failed[^1]);
            return false;
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
