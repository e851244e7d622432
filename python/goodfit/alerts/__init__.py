"""Takes: judgements and endings of trainings.
Gives: messages on people's screens, queued on disk before anything is sent.
May import: findings and below.
"""
