"""Ways to raise the reward of a thought by changing its latents: true gradient, population of antithetic pairs, single sample."""

import torch


def exact(prompt, latents, steps, rate, patches=None):
    """Adam on the true gradient of R; `rate` is the step of every element. Yields (latents, R) after each step."""
    latents = latents.clone().requires_grad_()
    adam = torch.optim.Adam([latents], lr=rate)
    for _ in range(steps):
        adam.zero_grad()
        (-prompt.reward(latents[None], patches)[0]).backward()
        adam.step()
        with torch.no_grad():
            yield latents.detach().clone(), float(prompt.reward(latents[None], patches)[0])


@torch.no_grad()
def population(prompt, latents, steps, pairs, sigma, length, generator, patches=None, momentum=0.0):
    """Ascent along the estimate from antithetic pairs, each step of the same length. Yields (latents, R) after each step.

    sigma: standard deviation of the noise. length: root mean square of a step's elements. momentum: share of the last
    steps' estimate that is kept.
    """
    estimate = torch.zeros_like(latents)
    for _ in range(steps):
        noise = torch.randn(pairs, *latents.shape, generator=generator)
        both = prompt.reward(torch.cat([latents + sigma * noise, latents - sigma * noise]), patches)
        fresh = ((both[:pairs] - both[pairs:])[:, None, None] * noise).mean(dim=0)
        estimate = momentum * estimate + fresh / fresh.square().mean().sqrt().clamp(min=1e-12)
        latents = latents + length * estimate / estimate.square().mean().sqrt()
        yield latents, float(prompt.reward(latents[None], patches)[0])


@torch.no_grad()
def single(prompt, latents, steps, sigma, rate, unit, generator, patches=None, decay=0.95):
    """The paper's update from one noisy sample a step; sigma and rate in units of `unit`. Yields (latents, R)."""
    for step in range(steps):
        spread = sigma * decay**step
        noise = torch.randn(latents.shape, generator=generator)
        reward = float(prompt.reward((latents + unit * spread * noise)[None], patches)[0])
        latents = latents + unit * rate * reward * noise / spread
        yield latents, float(prompt.reward(latents[None], patches)[0])
